/* attention_i8_vec.h: attention_i8.h with vectors. Heads share the words of a block of keys, and so do several
 * tokens, for which K is turned as well (attention_i8_block.h); for few its rows are taken as they are
 * (attention_i8_rows.h).
 *
 * Bound: from memory 2 * dim bytes a position and its scales; else, on 512 bits with VPDPWSSD, for a key and a
 * head of 128: 4 of it each for K and V, 3 to fold, 2 for the weight, and a quarter (four heads) of 12 that
 * widen and pair: 16 operations, 8 cycles on two ports, where f32 took 36; 11 for many tokens. With 256 bits
 * 16 VPMADDWD, which alone are 8 cycles, and as many additions. Zen 3, one thread, ns a key and head: one token
 * hot 7.5, from memory 8.0-8.4, 32 tokens 6.0; in f32 10.9, 12.0-12.6, 10.6. Lost: to ask ahead key by key (0.6
 * hot, 0.5 from memory) or for 16 keys at once. */
#ifndef TK_ATTENTION_I8_VEC_H
#define TK_ATTENTION_I8_VEC_H

#include "attention/softmax_vec.h"
#include "attention_i8/attention_i8_pairs.h"
#include "attention_i8/attention_i8_rows.h"

enum {
    I8_TOKENS = 16,                   /* that share a block, at most */
    I8_TURN = 4,                      /* tokens for which turning K pays */
    I8_QUERIES = I8_TOKENS * 4 * 128, /* words of q at once */
};

static inline size_t whole_lanes(size_t keys) {
    return (keys + F32_LANES - 1) / F32_LANES * F32_LANES;
}

static void scores(attention_state *s, const tk_args *a, const i8_block *b, const i8_query *q, size_t at,
                   size_t keys, bool turned) {
    const size_t heads = a->shape.m, wide = i8_wide(a->shape.k);
    int32_t sum[ATTENTION_HEADS][ATTENTION_KEYS];
    if (turned)
        i8_pairs_sums(&(i8_pairs){sum[0], b->k, q->words, ATTENTION_KEYS, wide, wide / 2}, heads,
                      whole_lanes(keys));
    else
        i8_sums_of_rows(sum, a, q->words, at, keys);
    for (size_t h = 0; h < heads; h++)
        for (size_t j = 0; j < keys; j += VEC_WIDTH) {
            const vec scaled =
                ints_to_vec(ints_load(sum[h] + j)) * *(const vec_any *)(const void *)(b->k_scale + j);
            *(vec_any *)(void *)(s->p[h] + j) = scaled * vec_all(q->step[h]);
        }
}

/* The weights of a block in 16 bits, 0 beyond the keys. */
typedef struct i8_weights {
    int16_t i[ATTENTION_HEADS][ATTENTION_KEYS];
    float step[ATTENTION_HEADS];
} i8_weights;

static void i8_weights_of(i8_weights *w, attention_state *s, const i8_block *b, size_t heads, size_t keys) {
    const size_t up = whole_lanes(keys);
    for (size_t h = 0; h < heads; h++) {
        float *p = s->p[h];
        for (size_t j = 0; j < up; j += VEC_WIDTH)
            *(vec_any *)(void *)(p + j) *= *(const vec_any *)(const void *)(b->v_scale + j);
        for (size_t j = keys; j < up; j++)
            p[j] = 0; /* scales beyond may be anything */
        w->step[h] = to_i16(w->i[h], p, up);
    }
}

/* out = out * c + sum * step, columns d .. d + VEC_WIDTH - 1. */
static inline void i8_add(float *out, ints sum, float c, float step, size_t d, size_t dim) {
    if (d >= dim)
        return;
    float some[VEC_WIDTH] = {0};
    const bool whole = d + VEC_WIDTH <= dim;
    if (!whole)
        memcpy(some, out + d, (dim - d) * sizeof *out);
    float *at = whole ? out + d : some;
    *(vec_any *)(void *)at = *(vec_any *)(void *)at * vec_all(c) + ints_to_vec(sum) * vec_all(step);
    if (!whole)
        memcpy(out + d, some, (dim - d) * sizeof *out);
}

static void values(attention_state *s, const tk_args *a, const i8_block *b, size_t keys) {
    const size_t heads = a->shape.m, dim = a->shape.k, wide = i8_wide(dim);
    int32_t sum[ATTENTION_HEADS * ATTENTION_DIM];
    i8_weights w;
    i8_weights_of(&w, s, b, heads, keys);
    i8_pairs_sums(&(i8_pairs){sum, b->v, w.i[0], wide, ATTENTION_KEYS, (keys + 1) / 2}, heads, wide);
    for (size_t h = 0; h < heads; h++)
        for (size_t d = 0; d < dim; d += 2 * VEC_WIDTH) {
            ints two[2] = {ints_load(sum + h * wide + d), ints_load(sum + h * wide + d + VEC_WIDTH)};
            ints_order(two);
            i8_add(s->out + h * dim, two[0], s->c[h], w.step[h], d, dim);
            i8_add(s->out + h * dim, two[1], s->c[h], w.step[h], d + VEC_WIDTH, dim);
        }
}

/* Tokens from .. from + n - 1: first all of K's half of a block, then all of V's, each of which stays in the
 * L1. */
static void some_tokens(const tk_args *a, size_t from, size_t n) {
    const size_t heads = a->shape.m, each = heads * i8_wide(a->shape.k);
    const bool turn = n >= I8_TURN;
    attention_state s[I8_TOKENS];
    i8_query q[I8_TOKENS];
    int16_t words_of_q[I8_QUERIES];
    i8_block b;
    for (size_t t = 0; t < n; t++) {
        attention_start(&s[t], a, from + t);
        i8_query_of(&q[t], words_of_q + t * each, a, from + t);
    }
    for (size_t at = 0; at < attention_seen(a, from + n - 1); at += ATTENTION_KEYS) {
        i8_block_of(&b, a, at, attention_keys(a, from + n - 1, at), turn);
        for (size_t t = 0; t < n; t++) {
            const size_t keys = attention_keys(a, from + t, at);
            if (keys) {
                scores(&s[t], a, &b, &q[t], at, keys, turn);
                attention_softmax(&s[t], heads, keys);
            }
        }
        for (size_t t = 0; t < n; t++)
            if (attention_keys(a, from + t, at))
                values(&s[t], a, &b, attention_keys(a, from + t, at));
    }
    for (size_t t = 0; t < n; t++)
        attention_end(&s[t], a);
}

static void attention_i8_run(const tk_args *a) {
    const size_t fit = I8_QUERIES / (a->shape.m * i8_wide(a->shape.k)),
                 most = fit < I8_TOKENS ? fit : I8_TOKENS;
    for (size_t from = a->begin, n; from < a->end; from += n) {
        n = a->end - from < most ? a->end - from : most;
        some_tokens(a, from, n);
    }
}

#endif
