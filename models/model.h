/* model.h: a ternary transformer from a GGUF file, ready to run. It never changes once it is loaded; any number
 * of sessions may use it. */
#ifndef TM_MODEL_H
#define TM_MODEL_H

#include "models/config.h"
#include "models/ternary.h"

typedef struct tm_layer {
    const float *attn_norm, *attn_sub_norm, *ffn_norm, *ffn_sub_norm; /* sub-norms NULL where there are none */
    tm_matrix q, k, v, o, gate, up, down;
} tm_layer;

typedef struct tm_model {
    tm_gguf *file;
    tm_config config;
    tm_layer *layers;
    const float *output_norm;
    const tm_tensor *embedding, *head; /* the same tensor where the head is tied */
    const char *head_op;               /* "head_f16", ... */
    const char *head_op_a16;           /* the same with 16-bit activations; NULL: there is none for the type */
    const void *head_rows;             /* what the op reads: in the file, or `head_owned` as F32 */
    void *head_owned;
    size_t head_owned_bytes;
} tm_model;

typedef struct tm_model_options {
    const char *repack; /* a layout's name: all matrices are repacked into it; NULL: used in place */
    tm_reading reading;
    const char *lora; /* the file of an adapter (lora.h); NULL: none */
} tm_model_options;

/* Opens, checks shapes against the architecture, finds or packs the weights. NULL: err. */
tm_model *tm_model_load(const char *path, const tm_model_options *, tm_error *err);
/* The same from a file that is open; it is the model's from now on, also where it is refused. NULL: NULL, as it
 * is after an opening that failed. */
tm_model *tm_model_from(tm_gguf *, const tm_model_options *, tm_error *err);
void tm_model_free(tm_model *); /* NULL is fine */

/* q, k, v, o, gate, up, down; NULL: there are no more. */
tm_matrix *tm_layer_matrix(tm_layer *, size_t i);

/* Bytes that one token reads of matrices, with their adapters, and of the head, from memory if they are in no
 * cache. */
size_t tm_model_matrix_bytes(const tm_model *);
size_t tm_model_head_bytes(const tm_model *);

#endif
