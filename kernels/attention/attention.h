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
 *   s[j] = (sum over d of q[d] * k[j][d], 16 lanes by d mod 16 and the tree) times 1 / sqrt(dim), rounded first
 *
 *   m' = max(m, s), c = e^(m - m'), p[j] = e^(s[j] - m')
 *
 *   l = l * c + (sum of p, 16 lanes by j mod 16 and the tree)
 *
 *   o[d] = o[d] * c, then + p[j] * v[j][d] for j in order
 *
 * From m = -Inf, l = o = 0; at the end y = o / l. F16 widens exactly. To first order the error is at most
 * (K/16 + G/16 + 80) * 2^-24 * max |v| plus what errors of s do: each e^s is off by (K/16 + 8) * 2^-24
 * * sum |q k|. attention_i8 differs in s and o, whose sums are of integers there: attention_i8/attention_i8.h.
 *
 * e^x counts as 0 below x = -60, a weight of 2^-86 of the largest: it is far below what rounding does to y, and
 * its products with V would be denormal numbers, of which some CPUs take 100 cycles each. NaN in q, K or V
 * shows in y; so does a row of scores that are all -Inf. */
#ifndef TK_ATTENTION_H
#define TK_ATTENTION_H

#include "attention/limits.h"
#include "f32/f32.h"
#include "kernel.h"

enum { ATTENTION_KEYS = 64 };
#define ATTENTION_LEAST -60.0f /* e^x below counts as 0 */

static inline float attention_exp(float x) {
    return x < ATTENTION_LEAST ? 0 : f32_exp(x);
}

static inline const char *attention_reject(tk_shape s) {
    return s.k > ATTENTION_DIM     ? "head dimension is above 512"
           : s.m > ATTENTION_HEADS ? "more than 16 query heads share a KV head"
           : s.n > s.g             ? "more tokens than positions"
                                   : NULL;
}

/* The running state of one token's heads. */
typedef struct attention_state {
    float max[ATTENTION_HEADS], sum[ATTENTION_HEADS];
    float *out;                               /* [heads][dim]: its rows of y */
    float p[ATTENTION_HEADS][ATTENTION_KEYS]; /* scores, then weights of a block */
    float c[ATTENTION_HEADS];                 /* what the block makes of the sums before it */
} attention_state;

/* Defined by softmax_generic.h and softmax_vec.h, for a block of which `keys` <= ATTENTION_KEYS are seen:
 * highest is the largest of `max` and the scores, weights turns them into e^(s - max) and returns their sum
 * (both may use p up to a multiple of 16, where it is -Inf beyond keys), finish divides by the sum. */
static float highest(const float *p, size_t keys, float max);
static float weights(float *p, size_t keys, float max);
static void finish(float *out, float sum, size_t dim);

static inline void attention_start(attention_state *s, const tk_args *a, size_t token) {
    const size_t heads = a->shape.m, dim = a->shape.k;
    s->out = (float *)a->y + token * heads * dim;
    for (size_t h = 0; h < heads; h++) {
        s->max[h] = -INFINITY;
        s->sum[h] = 0;
    }
    memset(s->out, 0, heads * dim * sizeof(float));
}

static inline size_t attention_seen(const tk_args *a, size_t token) {
    return a->shape.g - a->shape.n + token + 1;
}

/* Of the block at `at`, how many a token sees. */
static inline size_t attention_keys(const tk_args *a, size_t token, size_t at) {
    const size_t seen = attention_seen(a, token);
    return seen < at ? 0 : seen - at < ATTENTION_KEYS ? seen - at : ATTENTION_KEYS;
}

/* The scores in p become weights; c, and the sums. */
static inline void attention_softmax(attention_state *s, size_t heads, size_t keys) {
    for (size_t h = 0; h < heads; h++) {
        for (size_t j = keys; j % F32_LANES; j++)
            s->p[h][j] = -INFINITY;
        const float max = highest(s->p[h], keys, s->max[h]);
        s->c[h] = attention_exp(s->max[h] - max);
        s->sum[h] = s->sum[h] * s->c[h] + weights(s->p[h], keys, max);
        s->max[h] = max;
    }
}

static inline void attention_end(attention_state *s, const tk_args *a) {
    for (size_t h = 0; h < a->shape.m; h++)
        finish(s->out + h * a->shape.k, s->sum[h], a->shape.k);
}

#endif
