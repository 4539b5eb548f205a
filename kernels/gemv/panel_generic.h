/* panel_generic.h: b2x and b3 in plain C: the four or five rows of a byte in one 64-bit multiplication.
 *
 * A table of 256 words spreads a byte's codes over fields of 12 bits; the word times q is then the product of
 * every row. The four columns of a block are added first: |sum| <= 4 * 3 * 128 = 1536 < 2^11. Adding 2^11 to
 * every field makes all of them non-negative, which takes the borrows back, and the fields go on to three words
 * with 28 bits or more a field, which hold 65,536 blocks:
 *
 *   block   |  E:12 |  D:12 |  C:12 |  B:12 |  A:12 |   + 0x800 each
 *   sums    | D : 28 | A : 36 |      | E : 28 | B : 36 |      | C |
 *
 * Bound: one 64-bit multiplication a cycle = 4 or 5 products. */
#ifndef TK_PANEL_GENERIC_H
#define TK_PANEL_GENERIC_H

#include "gemv/panel.h"

enum { FIELD = 12, SLOT = 3 * FIELD, BYTES = 256 };

static inline uint64_t block_word(const uint64_t *table, const uint8_t *w, const int64_t q[4]) {
    return table[w[0]] * (uint64_t)q[0] + table[w[1]] * (uint64_t)q[1] + table[w[2]] * (uint64_t)q[2] +
           table[w[3]] * (uint64_t)q[3];
}

/* The sums of one lane's five rows, two a word. */
typedef struct lane_sums {
    uint64_t ad, be, c;
} lane_sums;

static inline void add_blocks(lane_sums *s, const uint64_t *table, const uint8_t *w, const int64_t *q,
                              size_t blocks) {
    const uint64_t bias = 0x0800800800800800u, field = 0xfff, two = field | field << SLOT;
    uint64_t ad = s->ad, be = s->be, c = s->c;
    for (size_t j = 0; j < blocks; j++) {
        uint64_t word = block_word(table, w + j * PANEL_BLOCK, q + 4 * j) + bias;
        ad += word & two;
        be += word >> FIELD & two;
        c += word >> 2 * FIELD & field;
    }
    *s = (lane_sums){ad, be, c};
}

static inline void take_apart(int64_t out[5], const lane_sums *s) {
    const uint64_t low = (1ull << SLOT) - 1;
    const uint64_t sums[5] = {s->ad & low, s->be & low, s->c, s->ad >> SLOT, s->be >> SLOT};
    for (size_t f = 0; f < 5; f++)
        out[f] = (int64_t)sums[f];
}

/* Activations of one token as words, zeros after the last. */
static inline size_t wide_scratch(tk_shape s) {
    return s.n * panel_groups(s.k) * 4 * sizeof(int64_t);
}

static inline void widen(const tk_args *a) {
    size_t k = a->shape.k, words = panel_groups(k) * 4;
    size_t from = a->shape.m ? a->shape.n * words * a->begin / a->shape.m : 0;
    size_t to = a->shape.m ? a->shape.n * words * a->end / a->shape.m : 0;
    for (size_t i = from; i < to; i++)
        ((int64_t *)a->scratch)[i] = i % words < k ? ((const int8_t *)a->x)[i / words * k + i % words] : 0;
}

/* 64 blocks at a time for all lanes: 4 KiB of codes and 2 KiB of activations stay in L1. */
static inline void product_run(const tk_args *a, size_t rows, const uint64_t *table) {
    const size_t groups = panel_groups(a->shape.k), fields = rows / PANEL_LANES, some = 64;
    for (size_t p = a->begin / rows; p * rows < a->end; p++)
        for (size_t n = 0; n < a->shape.n; n++) {
            lane_sums sums[PANEL_LANES] = {{0, 0, 0}};
            for (size_t j = 0; j < groups; j += some)
                for (size_t lane = 0; lane < PANEL_LANES; lane++)
                    add_blocks(&sums[lane], table,
                               (const uint8_t *)a->w + (p * groups + j) * PANEL_BLOCK + 4 * lane,
                               (const int64_t *)a->scratch + (n * groups + j) * 4,
                               groups - j < some ? groups - j : some);
            for (size_t i = 0; i < PANEL_LANES; i++) {
                int64_t sum[5];
                take_apart(sum, &sums[i]);
                for (size_t f = 0; f < fields; f++) {
                    size_t row = p * rows + f * PANEL_LANES + i;
                    if (row >= a->begin && row < a->end)
                        ((int32_t *)a->y)[n * a->shape.m + row] =
                            (int32_t)(sum[f] - ((int64_t)groups << 11) - a->sum[n]);
                }
            }
        }
}

static inline void b2x_table(uint64_t table[BYTES]) {
    for (unsigned b = 0; b < BYTES; b++)
        table[b] = (b & 3) | (uint64_t)(b >> 2 & 3) << FIELD | (uint64_t)(b >> 4 & 3) << 2 * FIELD |
                   (uint64_t)(b >> 6) << 3 * FIELD;
}

static inline void b3_table(uint64_t table[BYTES]) {
    for (unsigned b = 0; b < BYTES; b++) {
        const unsigned low = b % 28, code[5] = {low % 9 % 3, low % 9 / 3, low / 9, b % 84 / 28, b / 84};
        table[b] = 0;
        for (size_t f = 0; f < 5; f++)
            table[b] |= (uint64_t)code[f] << f * FIELD;
    }
}

static inline void b2x_product_run(const tk_args *a) {
    uint64_t table[BYTES];
    b2x_table(table);
    product_run(a, B2X_ROWS, table);
}

static inline void b3_product_run(const tk_args *a) {
    uint64_t table[BYTES];
    b3_table(table);
    product_run(a, B3_ROWS, table);
}

/* The plain loop, for the compiler's own vectorising: every byte lane of a block has its own sums. */
static inline void b2x_plain_panel(int32_t sum[4][PANEL_BLOCK], const uint8_t *w, const int8_t *x, size_t k) {
    memset(sum, 0, 4 * sizeof *sum);
    for (size_t j = 0; j < panel_groups(k); j++, w += PANEL_BLOCK) {
        int32_t four = 4 * j + 4 <= k ? panel_quad(x + 4 * j) : panel_tail(x, k);
        int8_t q[PANEL_BLOCK];
        for (size_t b = 0; b < PANEL_LANES; b++)
            memcpy(q + 4 * b, &four, 4);
        for (size_t f = 0; f < 4; f++)
            for (size_t b = 0; b < PANEL_BLOCK; b++)
                sum[f][b] += (w[b] >> 2 * f & 3) * q[b];
    }
}

static inline void b2x_plain_run(const tk_args *a) {
    size_t k = a->shape.k, bytes = panel_groups(k) * PANEL_BLOCK;
    for (size_t p = a->begin / B2X_ROWS; p * B2X_ROWS < a->end; p++)
        for (size_t n = 0; n < a->shape.n; n++) {
            int32_t sum[4][PANEL_BLOCK];
            b2x_plain_panel(sum, (const uint8_t *)a->w + p * bytes, (const int8_t *)a->x + n * k, k);
            for (size_t row = p * B2X_ROWS; row < (p + 1) * B2X_ROWS; row++) {
                const int32_t *s = &sum[row % B2X_ROWS / PANEL_LANES][row % PANEL_LANES * 4];
                if (row >= a->begin && row < a->end)
                    ((int32_t *)a->y)[n * a->shape.m + row] = s[0] + s[1] + s[2] + s[3] - a->sum[n];
            }
        }
}

enum { AUTOVEC = ((TK_BUILD_FLAGS)&TK_AUTOVEC) != 0 };

#endif
