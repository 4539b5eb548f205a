/* attention.h: softmax(q . K^T / sqrt(dim)) . V for the query heads that share one KV head, over its cache.
 *
 * N tokens at the end of G positions: token t sees positions 0 .. G - N + t. M heads, dim K.
 *   x   q f32[N][M][K]          y   f32[N][M][K]
 *   attention_f16:  w = K cache, x2 = V cache, both F16[G][K]
 *   attention_i8:   the same as int8[G][K], x3 = f32[G][2]: the scales of each K row and V row
 *
 * Bits. Keys are taken in blocks of 64 at absolute positions, so a token has the same answer alone (decode), in
 * a block of tokens (prefill) and on any number of threads. Per block, everything in f32 (f32.h):
 *
 *   s[j] = (sum over d of q[d] * k[j][d], 16 lanes by d mod 16 and the tree) [* scale of K's row j] * (1 /
 * sqrt(dim)) m'   = max(m, s)      c = e^(m - m')      p[j] = e^(s[j] - m') l    = l * c + (sum of p, 16 lanes
 * by j mod 16 and the tree) o[d] = o[d] * c, then + p[j] [* scale of V's row j] * v[j][d] for j in order
 *
 * from m = -Inf, l = o = 0; at the end y = o / l. F16 and int8 widen exactly. To first order the error is
 * at most (K/16 + G/16 + 80) * 2^-24 * max |v| plus what errors of s do: each e^s is off by (K/16 + 8) * 2^-24
 * * sum |q k|. NaN in q, K or V shows in y; so does a row of scores that are all -Inf. */
#ifndef TK_ATTENTION_H
#define TK_ATTENTION_H

#include "attention/limits.h"
#include "f32/f32.h"
#include "kernel.h"

enum { ATTENTION_KEYS = 64 };

static inline const char *attention_reject(tk_shape s) {
    return s.k > ATTENTION_DIM     ? "head dimension is above 512"
           : s.m > ATTENTION_HEADS ? "more than 16 query heads share a KV head"
           : s.n > s.g             ? "more tokens than positions"
                                   : NULL;
}

/* The running state of one token's heads. */
typedef struct attention_state {
    float max[ATTENTION_HEADS], sum[ATTENTION_HEADS];
    float out[ATTENTION_HEADS][ATTENTION_DIM];
    float p[ATTENTION_HEADS][ATTENTION_KEYS]; /* scores, then weights of a block */
} attention_state;

/* A block of keys that starts at position `at`; `keys` <= ATTENTION_KEYS of them are seen. Defined by a
 * variant: scores writes p[h][j] = s[j], weights turns them into e^(s - m') and returns their sum (p[j] = 0
 * beyond keys up to a multiple of 16), values scales out by c and adds the block. */
static void scores(attention_state *, const tk_args *, const float *q, size_t at, size_t keys);
static float weights(float *p, size_t keys, float max);
static void values(attention_state *, const tk_args *, const float *c, size_t at, size_t keys);
static void finish(float *y, const float *out, float sum, size_t dim);

static inline void attention_block(attention_state *s, const tk_args *a, const float *q, size_t at,
                                   size_t keys) {
    float c[ATTENTION_HEADS];
    scores(s, a, q, at, keys);
    for (size_t h = 0; h < a->shape.m; h++) {
        float max = s->max[h];
        for (size_t j = keys; j % F32_LANES; j++)
            s->p[h][j] = 0;
        for (size_t j = 0; j < keys; j++)
            max = s->p[h][j] > max ? s->p[h][j] : max;
        c[h] = f32_exp(s->max[h] - max);
        const float sum = weights(s->p[h], keys, max);
        s->sum[h] = s->sum[h] * c[h] + sum;
        s->max[h] = max;
    }
    values(s, a, c, at, keys);
}

static inline void attention_run(const tk_args *a) {
    const size_t heads = a->shape.m, dim = a->shape.k;
    attention_state s;
    for (size_t t = a->begin; t < a->end; t++) {
        const size_t seen = a->shape.g - a->shape.n + t + 1;
        for (size_t h = 0; h < heads; h++) {
            s.max[h] = -INFINITY;
            s.sum[h] = 0;
            memset(s.out[h], 0, dim * sizeof(float));
        }
        for (size_t at = 0; at < seen; at += ATTENTION_KEYS)
            attention_block(&s, a, (const float *)a->x + t * heads * dim, at,
                            seen - at < ATTENTION_KEYS ? seen - at : ATTENTION_KEYS);
        for (size_t h = 0; h < heads; h++)
            finish((float *)a->y + (t * heads + h) * dim, s.out[h], s.sum[h], dim);
    }
}

#endif
