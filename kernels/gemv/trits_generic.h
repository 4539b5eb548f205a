/* trits_generic.h: trits.h in plain C, for GEMV and GEMM: a table of 256 words gives a byte's first four digits
 * as a number in base 2^16, and one 64-bit multiplication by four activations in reverse order their dot
 * product: the digit 2^48 of the product, exact after half a digit is added. The fifth digit is a
 * multiplication of its own.
 *
 * |digit| <= 4 * 2 * 128 = 1024, and a unit has 54 bytes at most: added up in two halves. Bound: two
 * multiplications for five weights, 2.5 a cycle. Autovec is the same: the table cannot be vectorised. */
#ifndef TK_TRITS_GENERIC_H
#define TK_TRITS_GENERIC_H

#include "gemv/trits.h"

enum {
    WORDS = 2 * UNIT_CODES
}; /* a unit's activations: four digits of every byte, then the fifth of every byte */

static size_t scratch(tk_shape s) {
    return s.n * units_of(s.k) * WORDS * sizeof(int64_t);
}

static void prepare(const tk_args *a) {
    const size_t k = a->shape.k, units = units_of(k);
    size_t from, to;
    gemv_share(a, a->shape.n * units, &from, &to);
    for (size_t u = from; u < to; u++) {
        const int8_t *q = (const int8_t *)a->x + u / units * k + u % units * UNIT_COLUMNS;
        int64_t *out = (int64_t *)a->scratch + u * WORDS;
        for (size_t j = 0; j < unit_codes(k, u % units); j++) {
            int64_t word = 0;
            for (size_t n = 0; n < 4; n++)
                word = word * 65536 + (column(j, n) < UNIT_COLUMNS ? q[column(j, n)] : 0);
            out[j] = word;
            out[UNIT_CODES + j] = column(j, 4) < UNIT_COLUMNS ? q[column(j, 4)] : 0;
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

static inline int64_t unit_sum(const tables *t, const uint8_t *w, const int64_t *q, size_t codes) {
    int64_t sum = 0;
    for (size_t from = 0; from < codes; from += UNIT_CODES / 2) {
        const size_t to = codes - from < UNIT_CODES / 2 ? codes : from + UNIT_CODES / 2;
        uint64_t four = 0;
        for (size_t j = from; j < to; j++) {
            four += t->four[w[j]] * (uint64_t)q[j];
            sum += t->fifth[w[j]] * q[UNIT_CODES + j];
        }
        sum += (int64_t)(four + (1ull << 47)) >> 48;
    }
    return sum;
}

/* Tokens are inside rows: a row is read once for all of them. */
static void run(const tk_args *a) {
    const size_t k = a->shape.k, units = units_of(k);
    tables t;
    make_tables(&t);
    for (size_t m = a->begin; m < a->end; m++)
        for (size_t n = 0; n < a->shape.n; n++) {
            int64_t sum = -a->sum[n];
            for (size_t u = 0; u < units; u++)
                sum += unit_sum(&t, unit_at(a, m, u), (const int64_t *)a->scratch + (n * units + u) * WORDS,
                                unit_codes(k, u));
            ((int32_t *)a->y)[n * a->shape.m + m] = (int32_t)sum;
        }
}

#define TRITS_GENERIC                                                                                          \
    .layout = &LAYOUT, .step = 1, .step_k = BLOCK_COLUMNS, .reject = gemv_reject, .scratch = scratch,          \
    .prepare = prepare, .run = run, .note = "plain C: 4 digits per 64-bit multiplication"

#endif
