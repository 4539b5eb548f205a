/* safetensors.h: files of named arrays (huggingface/safetensors): u64 length, a JSON header, the data. */
#ifndef TM_SAFETENSORS_H
#define TM_SAFETENSORS_H

#include "models/text.h"

#include <stdint.h>

typedef enum tm_dtype { TM_DT_U8, TM_DT_I8, TM_DT_F16, TM_DT_BF16, TM_DT_F32, TM_DTYPES } tm_dtype;

typedef struct tm_array {
    char name[128];
    tm_dtype dtype;
    uint32_t dims;
    uint64_t shape[4]; /* missing ones are 1 */
    const uint8_t *data;
    uint64_t count; /* elements */
} tm_array;

typedef struct tm_safetensors {
    char *path;
    const uint8_t *map;
    size_t size;
    tm_array *arrays;
    size_t n;
} tm_safetensors;

/* Maps a file and checks its header: types, shapes, offsets. Arrays of other types are an error. NULL: err. */
tm_safetensors *tm_safetensors_open(const char *path, tm_error *err);
void tm_safetensors_close(tm_safetensors *);
const tm_array *tm_safetensors_find(const tm_safetensors *, const char *name); /* NULL: none */

/* Elements from..from+n-1 as floats. */
void tm_array_floats(const tm_array *, uint64_t from, uint64_t n, float *);
const char *tm_dtype_name(tm_dtype);

#endif
