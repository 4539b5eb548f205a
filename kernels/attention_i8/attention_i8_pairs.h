/* attention_i8_pairs.h: sums of products over pairs of words side by side (attention_i8_block.h): of weights
 * with V, and of q with K where it is turned. Four heads x two or four vectors of columns stay in registers
 * over all pairs. */
#ifndef TK_ATTENTION_I8_PAIRS_H
#define TK_ATTENTION_I8_PAIRS_H

#include "attention_i8/attention_i8_block.h"
#include "pin.h"

enum { PAIRS_CHUNKS = VEC_WIDTH == 8 ? 2 : 4 }; /* vectors of columns at once, as far as there are registers */

/* Sums of heads: to[h * columns + c] over rows of pairs, `columns` of them in each, with factors x[h * each + 2
 * i] and + 1 for row i. */
typedef struct i8_pairs {
    int32_t *to;
    const int16_t *rows, *x;
    size_t columns, each, count;
} i8_pairs;

/* `chunks` vectors of columns from c on, heads h0 .. h0 + heads - 1. */
__attribute__((always_inline)) static inline void pairs_some(const i8_pairs *p, size_t c, size_t h0,
                                                             size_t heads, size_t chunks) {
    const int16_t *row = p->rows + 2 * c, *x = p->x + h0 * p->each;
    const size_t step = 2 * p->columns, each = p->each;
    ints sum[I8_HEADS][PAIRS_CHUNKS];
#pragma GCC unroll 4 /* or GCC keeps the sums in memory */
    for (size_t h = 0; h < heads; h++)
        for (size_t i = 0; i < chunks; i++)
            sum[h][i] = ints_zero();
    for (size_t left = p->count; left; left--, row += step, x += 2) {
        words v[PAIRS_CHUNKS];
        for (size_t i = 0; i < chunks; i++)
            v[i] = words_load(row + i * WORDS);
        for (size_t h = 0; h < heads; h++) {
            const words both = words_pair_all(x + h * each);
            for (size_t i = 0; i < chunks; i++) {
                ints dot = words_dot(sum[h][i], v[i], both);
                TK_PIN(dot);
                sum[h][i] = dot;
            }
        }
    }
    for (size_t h = 0; h < heads; h++)
        for (size_t i = 0; i < chunks; i++)
            ints_store(p->to + (h0 + h) * p->columns + c + i * VEC_WIDTH, sum[h][i]);
}

/* All heads of these columns. */
__attribute__((always_inline)) static inline void pairs_heads(const i8_pairs *p, size_t c, size_t heads,
                                                              size_t chunks) {
    size_t h = 0;
    for (; h + I8_HEADS <= heads; h += I8_HEADS)
        pairs_some(p, c, h, I8_HEADS, chunks);
    for (; h + 2 <= heads; h += 2)
        pairs_some(p, c, h, 2, chunks);
    for (; h < heads; h++)
        pairs_some(p, c, h, 1, chunks);
}

/* The first `columns` columns, a multiple of two vectors. */
static void i8_pairs_sums(const i8_pairs *p, size_t heads, size_t columns) {
    size_t c = 0;
    for (; c + PAIRS_CHUNKS * VEC_WIDTH <= columns; c += PAIRS_CHUNKS * VEC_WIDTH)
        pairs_heads(p, c, heads, PAIRS_CHUNKS);
    for (; c < columns; c += 2 * VEC_WIDTH)
        pairs_heads(p, c, heads, 2);
}

#endif
