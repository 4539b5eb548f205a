/* tq1_0_generic.h: TQ1_0 in plain C, for GEMV and GEMM: a table of 256 words gives a byte's first four digits
 * as a number in base 2^16, and one 64-bit multiplication by four activations in reverse order their dot
 * product: the digit 2^48 of the product, exact after half a digit is added. The fifth digit is a
 * multiplication of its own.
 *
 * |digit| <= 4 * 2 * 128 = 1024, and a block has 52 bytes: added up in two halves of 26. Bound: two
 * multiplications for five weights, 2.5 a cycle. Autovec is the same: the table cannot be vectorised. */
#ifndef TK_TQ1_0_GENERIC_H
#define TK_TQ1_0_GENERIC_H

#include "layouts/tq1_0.h"

enum {
    WORDS = 2 * TQ1_CODES
}; /* a block's activations: four digits of every byte, then the fifth of every byte */

static size_t scratch(tk_shape s) {
    return s.n * tq1_blocks(s.k) * WORDS * sizeof(int64_t);
}

static void prepare(const tk_args *a) {
    size_t blocks = a->shape.n * tq1_blocks(a->shape.k), from, to;
    gemv_share(a, blocks, &from, &to);
    for (size_t b = from; b < to; b++) {
        const int8_t *q = (const int8_t *)a->x + b * TQ1_COLUMNS;
        int64_t *out = (int64_t *)a->scratch + b * WORDS;
        for (size_t j = 0; j < TQ1_CODES; j++) {
            int64_t word = 0;
            for (size_t n = 0; n < 4; n++)
                word = word * 65536 + q[tq1_column(j, n)];
            out[j] = word;
            out[TQ1_CODES + j] = tq1_column(j, 4) < TQ1_COLUMNS ? q[tq1_column(j, 4)] : 0;
        }
    }
}

typedef struct tables {
    uint64_t four[256];
    int64_t fifth[256];
} tables;

static void make_tables(tables *t) {
    for (unsigned byte = 0; byte < 256; byte++) {
        unsigned v = byte;
        t->four[byte] = 0;
        for (unsigned n = 0; n < 4; n++, v = 3 * v & 255) /* digit n meets the activation at 48 - 16n */
            t->four[byte] |= (uint64_t)(3 * v >> 8) << 16 * n;
        t->fifth[byte] = 3 * v >> 8;
    }
}

static inline int64_t block_sum(const tables *t, const uint8_t *w, const int64_t *q) {
    int64_t sum = 0;
    for (size_t half = 0; half < TQ1_CODES; half += TQ1_CODES / 2) {
        uint64_t four = 0;
        for (size_t j = half; j < half + TQ1_CODES / 2; j++) {
            four += t->four[w[j]] * (uint64_t)q[j];
            sum += t->fifth[w[j]] * q[TQ1_CODES + j];
        }
        sum += (int64_t)(four + (1ull << 47)) >> 48;
    }
    return sum;
}

/* Tokens are inside rows: a row is read once for all of them. */
static void run(const tk_args *a) {
    const size_t blocks = tq1_blocks(a->shape.k);
    tables t;
    make_tables(&t);
    for (size_t m = a->begin; m < a->end; m++)
        for (size_t n = 0; n < a->shape.n; n++) {
            int64_t sum = -a->sum[n];
            for (size_t b = 0; b < blocks; b++)
                sum += block_sum(&t, (const uint8_t *)a->w + (m * blocks + b) * TQ1_BYTES,
                                 (const int64_t *)a->scratch + (n * blocks + b) * WORDS);
            ((int32_t *)a->y)[n * a->shape.m + m] = (int32_t)sum;
        }
}

#endif
