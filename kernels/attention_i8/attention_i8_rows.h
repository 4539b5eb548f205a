/* attention_i8_rows.h: sums of q . k from rows of K, for few tokens. Two or four keys x four heads stay in
 * registers over the whole dimension: rows of K, widened to words, and q's words; the lanes of 16 keys are then
 * folded together (words.h). */
#ifndef TK_ATTENTION_I8_ROWS_H
#define TK_ATTENTION_I8_ROWS_H

#include "attention_i8/attention_i8_block.h"

enum {
    I8_KEYS = VEC_WIDTH == 8 ? 2 : 4, /* at once, as far as there are registers */
    I8_AHEAD = ATTENTION_KEYS         /* keys */
};

/* Asks for what follows a block ahead, into the L1: the cache of many tokens comes from memory. */
static inline void ask_ahead(const tk_args *a, size_t position, size_t keys) {
    const size_t dim = a->shape.k, from = (position + I8_AHEAD) * dim;
    for (size_t i = 0; i < keys * dim; i += 64) {
        __builtin_prefetch((const char *)a->w + from + i);
        __builtin_prefetch((const char *)a->x2 + from + i);
    }
}

/* sum[key][head] += q . k over the columns that fill whole vectors. */
__attribute__((always_inline)) static inline void i8_dots(ints sum[I8_KEYS][I8_HEADS], const int8_t *const *k,
                                                          const int16_t *q, size_t dim, size_t wide,
                                                          size_t heads) {
    for (size_t d = 0; d + WORDS <= dim; d += WORDS) {
        words row[I8_KEYS];
        for (size_t i = 0; i < I8_KEYS; i++)
            row[i] = words_widen(k[i] + d);
        for (size_t h = 0; h < heads; h++) {
            const words x = words_load(q + h * wide + d);
            for (size_t i = 0; i < I8_KEYS; i++)
                sum[i][h] = words_dot(sum[i][h], row[i], x);
        }
    }
}

/* The columns left over. Apart, and from memory to memory: calls in the loop above would put its sums there. */
__attribute__((noinline)) static void i8_dots_rest(ints part[I8_HEADS][F32_LANES], const int8_t *k,
                                                   const int16_t *q, size_t dim, size_t keys, size_t heads) {
    const size_t wide = i8_wide(dim), d = wide - WORDS;
    for (size_t j = 0; j < keys; j++) {
        const words row = i8_rest(k + j * dim, d, dim);
        for (size_t h = 0; h < heads; h++)
            part[h][j] = words_dot(part[h][j], row, words_load(q + h * wide + d));
    }
}

/* Sums of `keys` <= 16 keys from position `at` on, `heads` <= I8_HEADS heads; those beyond `keys` are 0. */
__attribute__((always_inline)) static inline void rows_16(int32_t (*to)[ATTENTION_KEYS], const tk_args *a,
                                                          const int16_t *q, size_t at, size_t keys,
                                                          size_t heads, bool ask) {
    const size_t dim = a->shape.k, wide = i8_wide(dim);
    const int8_t *rows = (const int8_t *)a->w + at * dim;
    ints part[I8_HEADS][F32_LANES];
    for (size_t h = 0; h < heads; h++)
        for (size_t j = keys; j < F32_LANES; j++)
            part[h][j] = ints_zero();
    for (size_t j = 0; j < keys; j += I8_KEYS) {
        ints sum[I8_KEYS][I8_HEADS];
        const int8_t *k[I8_KEYS];
        size_t key[I8_KEYS];
        for (size_t i = 0; i < I8_KEYS; i++) {
            key[i] = j + i < keys ? j + i : j; /* the first again where there are no more */
            k[i] = rows + key[i] * dim;
            for (size_t h = 0; h < heads; h++)
                sum[i][h] = ints_zero();
        }
        if (ask)
            ask_ahead(a, at + j, I8_KEYS);
        i8_dots(sum, k, q, dim, wide, heads);
        for (size_t i = 0; i < I8_KEYS; i++)
            for (size_t h = 0; h < heads; h++)
                part[h][key[i]] = sum[i][h];
    }
    if (dim % WORDS)
        i8_dots_rest(part, rows, q, dim, keys, heads);
    for (size_t h = 0; h < heads; h++)
        ints_fold16(to[h], part[h]);
}

/* to[head][key]: sums of a block. Apart: beside the pointers of what calls it those of the loop found no room,
 * and GCC fetched each from a vector register in every turn. */
__attribute__((noinline)) static void i8_sums_of_rows(int32_t (*to)[ATTENTION_KEYS], const tk_args *a,
                                                      const int16_t *q, size_t at, size_t keys) {
    const size_t heads = a->shape.m, wide = i8_wide(a->shape.k);
    for (size_t j = 0, n; j < keys; j += n) {
        int32_t(*here)[ATTENTION_KEYS] = (int32_t(*)[ATTENTION_KEYS]) & to[0][j];
        size_t h = 0;
        n = keys - j < F32_LANES ? keys - j : F32_LANES;
        for (; h + I8_HEADS <= heads; h += I8_HEADS)
            rows_16(here + h, a, q + h * wide, at + j, n, I8_HEADS, !h);
        for (; h + 2 <= heads; h += 2)
            rows_16(here + h, a, q + h * wide, at + j, n, 2, !h);
        for (; h < heads; h++)
            rows_16(here + h, a, q + h * wide, at + j, n, 1, !h);
    }
}

#endif
