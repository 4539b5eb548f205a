/* iq2_bn_r4_generic.h: IQ2_BN_R4 in plain C: four multiply-accumulates in one 64-bit multiplication, as in
 * codes2_generic.h.
 *
 * A row's four bytes of 16 columns and those of the next 16 are one word; masked to every other byte its fields
 * are digits in base 2^16. Four activations in reverse order are the other factor, made by prepare once a
 * token, and the digit 2^48 of the product is the dot product of the four. 16 products are added before a digit
 * is taken out: |digit| <= 16 * 4 * 3 * 128 < 2^15. Bound: one multiplication a cycle, 4 columns a cycle.
 * Autovec takes the plain loop. */
#ifndef TK_IQ2_BN_R4_GENERIC_H
#define TK_IQ2_BN_R4_GENERIC_H

#include "gemv/rows4.h"

enum { HEAD = 16, BLOCK = 64, WORDS = 16 }; /* words of a block: [32 columns][field][even or odd bytes] */
enum { AUTOVEC = ((TK_BUILD_FLAGS)&TK_AUTOVEC) != 0 };

static size_t scratch(tk_shape s) {
    return s.n * (s.k / BLOCK) * WORDS * sizeof(uint64_t);
}

static void prepare(const tk_args *a) {
    size_t from, to;
    gemv_share(a, a->shape.n * (a->shape.k / BLOCK), &from, &to);
    for (size_t b = from; b < to; b++)
        for (size_t i = 0; i < WORDS; i++) {
            const int8_t *q = (const int8_t *)a->x + b * BLOCK + i / 8 * 32 + i % 8 / 2 * 4 + i % 2;
            ((uint64_t *)a->scratch)[b * WORDS + i] =
                ((uint64_t)q[0] << 48) + ((uint64_t)q[2] << 32) + ((uint64_t)q[16] << 16) + (uint64_t)q[18];
        }
}

/* One row of a block of 64 bytes; w points to its first four. */
static inline int64_t block_product(const uint8_t *w, const uint64_t *words) {
    const uint64_t mask = 0x0003000300030003u;
    uint64_t sum = 0;
    for (size_t i = 0; i < 2; i++, w += 32, words += 8) {
        uint32_t low, high;
        memcpy(&low, w, 4);
        memcpy(&high, w + 16, 4);
        const uint64_t c = low | (uint64_t)high << 32;
        for (size_t f = 0; f < 4; f++)
            sum += (c >> 2 * f & mask) * words[2 * f] + (c >> (2 * f + 8) & mask) * words[2 * f + 1];
    }
    return (int64_t)(sum + (1ull << 47)) >> 48;
}

static inline int32_t block_plain(const uint8_t *w, const int8_t *q) {
    uint8_t codes[BLOCK];
    int32_t sum = 0;
    for (size_t l = 0; l < BLOCK; l += 16)
        for (size_t f = 0; f < 4; f++)
            for (size_t i = 0; i < 4; i++)
                codes[l + 4 * f + i] = w[l + i] >> 2 * f & 3;
    for (size_t i = 0; i < BLOCK; i++)
        sum += codes[i] * q[i];
    return sum;
}

static void run(const tk_args *a) {
    const size_t k = a->shape.k, blocks = k / BLOCK;
    for (size_t p = a->begin / PANEL_ROWS; p * PANEL_ROWS < a->end; p++)
        for (size_t n = 0; n < a->shape.n; n++) {
            const uint64_t *words = (const uint64_t *)a->scratch + n * blocks * WORDS;
            const int8_t *q = (const int8_t *)a->x + n * k;
            int32_t out[PANEL_ROWS];
            for (size_t r = 0; r < PANEL_ROWS; r++) {
                const uint8_t *w = rows4_panel(a, p, HEAD) + 4 * r;
                int64_t sum = 0;
                for (size_t b = 0; b < blocks; b++)
                    sum += AUTOVEC ? block_plain(w + b * BLOCK, q + b * BLOCK)
                                   : block_product(w + b * BLOCK, words + b * WORDS);
                out[r] = (int32_t)sum;
            }
            rows4_store(a, p, n, out);
        }
}

#define IQ2_BN_R4_GENERIC                                                                                      \
    .layout = &tk_layout_iq2_bn_r4, .step = PANEL_ROWS, .step_k = BLOCK, .reject = gemv_reject,                \
    .scratch = AUTOVEC ? NULL : scratch, .prepare = AUTOVEC ? NULL : prepare, .run = run,                      \
    .note = AUTOVEC ? "plain loop for the vectoriser" : "plain C: 4 columns per 64-bit multiplication"

#endif
