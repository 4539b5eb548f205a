/* i2s_generic.h: I2_S x int8 in plain C, for GEMV and GEMM: four multiply-accumulates in one 64-bit
 * multiplication.
 *
 * Eight packed bytes as one word, masked to every other byte, are the digits of a number in base 2^16; four
 * activations in reverse order are another. The digit 2^48 of their product is the dot product of the four:
 *
 *   codes        c0 + c2*2^16 + c4*2^32 + c6*2^48         (w >> s) & 0x0003000300030003
 *   activations  q6 + q4*2^16 + q2*2^32 + q0*2^48         made by prepare, once a token
 *
 * Negative q borrow from the digit above, and adding half a digit before the shift takes that back exactly.
 * 16 products are added before a digit is taken out: |digit| <= 16 * 4 * 3 * 128 = 24576 < 2^15.
 *
 * Bound: one 64-bit multiplication a cycle, 4 columns a cycle.
 * Tried and lost: the plain loop below (4 times slower), a table of 16 sums for every pair of columns (half the
 * speed), a table of 256 sums for every byte (a third of it: no nearer than L2).
 *
 * The same file is the compiler's own baseline (autovec). There the plain loop is what a vectoriser can use, so
 * that build takes it: the product trick would make a weak opponent. */
#ifndef TK_I2S_GENERIC_H
#define TK_I2S_GENERIC_H

#include "gemv/gemv_tmpl.h"

#include <string.h>

enum { WORDS = 32 }; /* 64-bit activation words of a group: 4 words of codes x 4 fields x 2 byte parities */

static size_t scratch(tk_shape s) {
    return s.n * (s.k / GEMV_GROUP) * WORDS * sizeof(uint64_t);
}

static void spread(uint64_t *out, const int8_t *q) {
    for (size_t i = 0; i < WORDS; i++) { /* i = word, field from the low bits, parity */
        const int8_t *from = q + 32 * (3 - i / 2 % 4) + 8 * (i / 8) + i % 2;
        int64_t word = 0;
        for (size_t t = 0; t < 4; t++)
            word = word * 65536 + from[2 * t];
        out[i] = (uint64_t)word;
    }
}

static void prepare(const tk_args *a) {
    size_t groups = a->shape.n * (a->shape.k / GEMV_GROUP), from, to;
    gemv_share(a, groups, &from, &to);
    for (size_t g = from; g < to; g++)
        spread((uint64_t *)a->scratch + g * WORDS, (const int8_t *)a->x + g * GEMV_GROUP);
}

/* Two words of codes, 64 columns. */
static inline int64_t half_group(const uint8_t *w, const uint64_t *q) {
    const uint64_t mask = 0x0003000300030003u;
    uint64_t sum = 0;
    for (size_t i = 0; i < 2; i++, q += 8) {
        uint64_t c;
        memcpy(&c, w + 8 * i, 8);
        sum += (c & mask) * q[0] + (c >> 8 & mask) * q[1];
        sum += (c >> 2 & mask) * q[2] + (c >> 10 & mask) * q[3];
        sum += (c >> 4 & mask) * q[4] + (c >> 12 & mask) * q[5];
        sum += (c >> 6 & mask) * q[6] + (c >> 14 & mask) * q[7];
    }
    return (int64_t)(sum + (1ull << 47)) >> 48;
}

static inline void panel_product(int32_t *out, const uint8_t *const *row, const void *prepared, size_t groups) {
    for (size_t r = 0; r < GEMV_ROWS; r++) {
        const uint64_t *q = prepared;
        int64_t sum = 0;
        for (size_t g = 0; g < groups; g++, q += WORDS)
            sum += half_group(row[r] + g * GEMV_BYTES, q) +
                   half_group(row[r] + g * GEMV_BYTES + 16, q + WORDS / 2);
        out[r] = (int32_t)sum;
    }
}

static inline void panel_plain(int32_t *out, const uint8_t *const *row, const void *x, size_t groups) {
    for (size_t r = 0; r < GEMV_ROWS; r++) {
        const int8_t *q = x;
        const uint8_t *w = row[r];
        int32_t sum = 0;
        for (size_t g = 0; g < groups; g++, w += GEMV_BYTES, q += GEMV_GROUP)
            for (size_t p = 0; p < GEMV_BYTES; p++)
                sum += (w[p] >> 6) * q[p] + (w[p] >> 4 & 3) * q[p + 32] + (w[p] >> 2 & 3) * q[p + 64] +
                       (w[p] & 3) * q[p + 96];
        out[r] = sum;
    }
}

static void run_plain(const tk_args *a) {
    gemv_walk(a, a->x, a->shape.k, panel_plain);
}

static void run_product(const tk_args *a) {
    gemv_walk(a, a->scratch, a->shape.k / GEMV_GROUP * WORDS * sizeof(uint64_t), panel_product);
}

enum { AUTOVEC = ((TK_BUILD_FLAGS)&TK_AUTOVEC) != 0 };

#endif
