/* inside.h: what the parts of a network in training share. */
#ifndef TM_TRAIN_INSIDE_H
#define TM_TRAIN_INSIDE_H

#include "models/train/blas.h"
#include "models/train/net.h"
#include "models/train/ops.h"

/* FNV-1a over words of 8 bytes: of one block after the other, from TM_HASH on. */
#define TM_HASH 0xcbf29ce484222325u
static inline uint64_t tm_hash(uint64_t h, const void *p, size_t bytes) {
    for (size_t at = 0; at < bytes; at += 8) {
        uint64_t word = 0;
        memcpy(&word, (const char *)p + at, bytes - at < 8 ? bytes - at : 8);
        h = (h ^ word) * 0x100000001b3u;
    }
    return h;
}
/* In 32 bits, which a double holds, too. */
static inline uint32_t tm_sum(uint64_t h) {
    return (uint32_t)(h ^ h >> 32);
}

/* Scratch of a thread: blocks of a chunk's activations, attention's scores, ... */
typedef struct tm_work {
    float *block[4]; /* [TM_CHUNK][widest] */
    int8_t *ternary; /* the largest matrix */
    double *rows;    /* its rows */
    int32_t *sum;    /* [TM_CHUNK] of int8 values */
    void *scratch;   /* of an integer product */
    float *p, *dp;   /* [TM_QUERIES][context] */
    float *soft;     /* [vocab]: probabilities at a teacher's heat */
} tm_work;
enum { TM_QUERIES = 64 }; /* of a document that attention takes at once */

/* Calls one(net, unit, work) for units 0..count-1, each on the thread that comes for it. */
void tm_units(tm_net *, size_t count, void (*one)(tm_net *, size_t unit, tm_work *));

static inline size_t tm_chunks(const tm_net *n) {
    return (n->batch.n + TM_CHUNK - 1) / TM_CHUNK;
}
/* First token and number of tokens of a chunk. */
static inline size_t tm_chunk(const tm_net *n, size_t unit, size_t *first) {
    *first = unit * TM_CHUNK;
    return n->batch.n - *first < TM_CHUNK ? n->batch.n - *first : TM_CHUNK;
}
/* Index of a layer's tensor among the parameters. */
static inline size_t tm_at(size_t layer, size_t tensor) {
    return 1 + layer * TM_LAYER_TENSORS + tensor;
}
static inline size_t tm_output_norm(const tm_net *n) {
    return n->params - 1;
}

/* layer.c: the layer that a round of units is about. */
void tm_layer_forward(tm_net *, size_t layer);
void tm_layer_backward(tm_net *, size_t layer);
/* attention.c: all documents and KV heads of a layer. */
void tm_attention_forward(tm_net *, size_t layer);
void tm_attention_backward(tm_net *, size_t layer);
/* net.c: one more parameter, behind the others. */
void tm_add_param(tm_net *, const char *name, tm_plan_kind, size_t m, size_t k);
/* lora.c: the parameters of all adapters; from them on everything is learned. */
void tm_lora_params(tm_net *);
void tm_lora_init(tm_net *, uint64_t seed);
/* What the adapter of a projection, if it has one, adds to y[c][m], from h[c][k] before quantisation; */
void tm_lora_forward(const tm_net *, float *y, size_t param, const float *h, size_t c, tm_work *);
/* to dh, keeping what the gradients take; first token and number of tokens; */
void tm_lora_back(const tm_net *, float *dh, size_t param, const float *dy, size_t first, size_t c);
/* and to the gradients of A and B, for the whole batch, h being x. */
void tm_lora_gradient(tm_net *, size_t param, const float *dy, const float *h);

/* head.c: logits, loss, and the way back to the last layer's output; the embedding. */
void tm_head_logits(tm_net *);
double tm_head_loss(tm_net *);
void tm_head_backward(tm_net *);
void tm_embed(tm_net *);
void tm_embed_backward(tm_net *);

/* y[c][k] = norm of x. */
void tm_norm_rows(const tm_net *, float *y, const float *x, size_t param, size_t c, size_t k);
/* Adds the way back of that norm to dx, and the weights' gradient to row `chunk` of part. */
void tm_norm_rows_back(const tm_net *, float *dx, float *part, size_t chunk, const float *x, size_t param,
                       const float *dy, size_t c, size_t k);
/* Adds the rows of all chunks to the gradient of a norm's weights and clears them. */
void tm_norm_collect(tm_net *, float *part, size_t param);

#endif
