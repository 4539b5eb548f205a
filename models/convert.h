/* convert.h: models from one form into another without loss: GGUF to GGUF, Hugging Face checkpoints to GGUF.
 *
 * Ternary values always stay what they are. A scale that the target type cannot hold goes, exactly, into an F32
 * tensor `<name>.scale` beside the weights (whose own scale is then 1). What cannot be kept is refused: unequal
 * scales inside of a row, code 3, a K that does not fit. */
#ifndef TM_CONVERT_H
#define TM_CONVERT_H

#include "models/blueprint.h"
#include "models/ternary.h"

typedef struct tm_conversion {
    const char *weights; /* a type of encode.h for the ternary matrices; NULL: as they are (HF: i2_s) */
    const char *head;    /* of embedding and head; NULL: as they are (HF: f16) */
    tm_reading reading;  /* of the source */
} tm_conversion;

/* One tensor of a source. `take` gives its data in the form that `kind` says, into memory that the caller owns.
 */
typedef enum tm_part_kind { TM_PART_TERNARY, TM_PART_FLOATS, TM_PART_BYTES } tm_part_kind;
typedef struct tm_source_part {
    char name[65];
    tm_part_kind kind;
    uint64_t m, k;
    uint32_t type, dims; /* TM_PART_BYTES: copied as they are */
    uint64_t ne[4], bytes;
    size_t index; /* the source's own */
} tm_source_part;

typedef struct tm_source {
    const char *path;
    bool bitnet; /* the architecture of the file that is written */
    void *ctx;
    tm_source_part *parts;
    size_t n;
    bool (*ternary)(void *ctx, const tm_source_part *, int8_t *w, float *scales,
                    tm_error *); /* int8[m][k], float[m] */
    bool (*floats)(void *ctx, const tm_source_part *, size_t row, size_t rows, float *,
                   tm_error *); /* rows of k */
    const uint8_t *(*raw)(void *ctx, const tm_source_part *);
} tm_source;

/* Writes the parts behind a header whose keys are in `w` already. False: err. */
bool tm_convert_write(FILE *, tm_writer *w, const tm_source *, const tm_conversion *, tm_error *err);

bool tm_convert_gguf(FILE *, const tm_gguf *, const tm_conversion *, tm_error *err);
/* A folder with config.json, *.safetensors and tokenizer.json; packed uint8 weights or float masters. */
bool tm_convert_hf(FILE *, const char *folder, const tm_conversion *, tm_error *err);

#endif
