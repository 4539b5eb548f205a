/* gguf.h: GGUF files, versions 1 to 3, little-endian (ggml docs/gguf.md, src/gguf.cpp): reading by mapping
 * or from memory, writing in one pass. The file is untrusted: every count, offset and product is checked before
 * it is used. */
#ifndef TM_GGUF_H
#define TM_GGUF_H

#include "models/text.h"

#include <stdint.h>
#include <stdio.h>

enum tm_value_type {
    TM_U8,
    TM_I8,
    TM_U16,
    TM_I16,
    TM_U32,
    TM_I32,
    TM_F32,
    TM_BOOL,
    TM_STRING,
    TM_ARRAY,
    TM_U64,
    TM_I64,
    TM_F64,
    TM_VALUE_TYPES
};

/* Tensor types whose size is no matter of blocks alone; the others are in kernels/dequant/dequant.h. B2X and B3
 * are this lab's: the bytes of kernels/layouts/b2x.c and b3.c, filled up to a multiple of 32, then an f32 scale
 * and 28 zero bytes, as I2_S has them. 39 is TL2 in bitnet.cpp's files and MXFP4 in all others. */
enum { TM_I2_S = 36, TM_TL1 = 38, TM_TL2 = 39, TM_MXFP4 = 39, TM_IQ2_BN_R4 = 335, TM_B2X = 1001, TM_B3 = 1002 };
/* Ternary types of blocks: ggml's (STQ1_0: of pull request 22836, whose older files say 42), ik_llama.cpp's,
 * PrismML's. */
enum {
    TM_TQ1_0 = 34,
    TM_TQ2_0 = 35,
    TM_Q2_0 = 42,
    TM_STQ1_0 = 43,
    TM_IQ1_BN = 134,
    TM_IQ2_BN = 135,
    TM_PQ2_0 = 142,
    TM_PTQ1_0 = 143
};

/* A value as it lies in the file: read it with the functions below. */
typedef struct tm_value {
    uint32_t type, of;    /* `of`: the element type of an array */
    uint64_t count;       /* elements of an array, bytes of a string; else 1 */
    const uint8_t *at;    /* its first byte, behind any length */
    const uint8_t *end;   /* behind its last byte */
    uint8_t length_bytes; /* of strings inside: 4 in version 1, else 8 */
} tm_value;

typedef struct tm_kv {
    tm_str key;
    tm_value value;
} tm_kv;

typedef struct tm_tensor {
    tm_str name;
    uint32_t type, dims;
    uint64_t ne[4];      /* ne[0] = K is contiguous, ne[1] = M; missing ones are 1 */
    uint64_t offset;     /* in the data section */
    uint64_t bytes;      /* 0 if the type is unknown */
    const uint8_t *data; /* NULL if it cannot be read: `why` */
    const char *why;     /* NULL, or why it cannot be read: static text */
} tm_tensor;

typedef struct tm_gguf {
    char *path;
    uint32_t version, alignment;
    tm_kv *kv;
    size_t nkv;
    tm_tensor *tensors;
    size_t ntensors;
    const uint8_t *map; /* the whole file */
    size_t size, data;  /* its bytes; where the data section starts */
    bool borrowed;      /* the bytes are somebody else's, and stay when it is closed */
} tm_gguf;

/* Maps the file and checks all of it but the tensors' contents. `tolerant`: a tensor that does not lie within
 * the file is kept with its reason in `why`; otherwise it is an error. A tensor of unknown type is kept either
 * way, data NULL. The caller frees with tm_gguf_close. NULL: err says what. */
tm_gguf *tm_gguf_open(const char *path, bool tolerant, tm_error *err);
/* The same from bytes in memory, which must stay until it is closed; `name` stands for the path in messages.
 * They should be aligned as a mapped file is (to a page): tensors lie at the alignment of the first byte. */
tm_gguf *tm_gguf_from_memory(const char *name, const void *bytes, size_t size, bool tolerant, tm_error *err);
void tm_gguf_close(tm_gguf *); /* NULL is fine */

const tm_value *tm_gguf_find(const tm_gguf *, const char *key);     /* NULL: no such key */
const tm_tensor *tm_gguf_tensor(const tm_gguf *, const char *name); /* NULL: no such tensor */
bool tm_gguf_is_bitnet(const tm_gguf *); /* general.architecture starts with "bitnet" */

/* A value as a number or text; false: another type, or (integers) out of range. Integers of any width count; a
 * float may be F32 or F64. */
bool tm_value_uint(const tm_value *, uint64_t *);
bool tm_value_int(const tm_value *, int64_t *);
bool tm_value_float(const tm_value *, double *);
bool tm_value_bool(const tm_value *, bool *);
bool tm_value_str(const tm_value *, tm_str *);
/* Element i of an array of numbers or bools, as a double; false: not such an array, or i out of range. */
bool tm_value_at(const tm_value *, uint64_t i, double *);
/* The strings of an array, one after the other: *at starts as NULL. False: at the end, or no array of strings.
 */
bool tm_value_next_str(const tm_value *, const uint8_t **at, tm_str *);

const char *tm_value_type_name(uint32_t type);
/* "I2_S", "Q6_K", ... `bitnet` decides 39. "type 77" (static until the next call) if unknown. */
const char *tm_tensor_type_name(uint32_t type, bool bitnet);
/* Bytes of a tensor. NULL and *bytes, or the reason why not (unknown type, K that does not fit, too large). */
const char *tm_tensor_bytes(uint32_t type, bool bitnet, const uint64_t ne[4], uint64_t *bytes);
/* A byte offset inside a tensor of the types with one scale behind (I2_S, TL1, TL2, B2X, B3); 0: no such type.
 */
uint64_t tm_tensor_scale_at(uint32_t type, bool bitnet, const uint64_t ne[4]);

/* ---- writing ---------------------------------------------------------------------------------------------
 * Put all keys and tensors, then begin, then the data of each tensor in the order in which they were put. */
typedef struct tm_writer tm_writer;
tm_writer *
tm_writer_new(uint32_t alignment); /* a power of two, at least 8; writes version 3. NULL: no memory */
void tm_writer_free(tm_writer *);
bool tm_put_u32(tm_writer *, const char *key, uint32_t);
bool tm_put_f32(tm_writer *, const char *key, float);
bool tm_put_bool(tm_writer *, const char *key, bool);
bool tm_put_str(tm_writer *, const char *key, tm_str);
/* A value of another file; strings inside are written with the lengths of version 3. */
bool tm_put_value(tm_writer *, tm_str key, const tm_value *);
bool tm_put_strings(tm_writer *, const char *key, const tm_str *, size_t count);
bool tm_put_numbers(tm_writer *, const char *key, uint32_t of, const void *numbers, size_t count);
bool tm_put_tensor(tm_writer *, tm_str name, uint32_t type, uint32_t dims, const uint64_t *ne, uint64_t bytes);
/* The header, padded: everything before the data. False: the stream failed, or no memory on the way. */
bool tm_writer_begin(tm_writer *, FILE *);
/* The next bytes of the current tensor; when they are all there, the padding follows and the next one's turn
 * is. False: the stream failed or these are more bytes than were announced. */
bool tm_writer_data(tm_writer *, FILE *, const void *bytes, size_t n);
bool tm_writer_complete(const tm_writer *); /* all tensors have their bytes */

#endif
