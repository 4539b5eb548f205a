/* rows.h: the weight types of the head: bytes of a row, and 16 weights from column k on (a multiple of
 * 16). */
#ifndef TK_HEAD_ROWS_H
#define TK_HEAD_ROWS_H

#include "head/head.h"

static inline float half_at(const uint8_t *p) {
    uint16_t h;
    memcpy(&h, p, 2);
    return f16_to_f32(h);
}

static inline size_t f32_row(size_t k) {
    return 4 * k;
}
static inline size_t f16_row(size_t k) {
    return 2 * k;
}
static inline size_t bf16_row(size_t k) {
    return 2 * k;
}
static inline size_t q8_0_row(size_t k) {
    return k / 32 * 34;
}
static inline size_t q6_k_row(size_t k) {
    return k / 256 * 210;
}

/* 16 six-bit numbers of a Q6_K block from weight i on (i % 16 = 0): q = low nibbles, q high pairs; minus 32. */
static inline void q6_k_codes(int8_t out[16], const uint8_t *block, size_t i) {
    const size_t h = i / 128, g = i % 128 / 32, l = i % 32;
    const uint8_t *low = block + 64 * h + 32 * (g % 2) + l, *high = block + 128 + 32 * h + l;
    for (size_t j = 0; j < 16; j++)
        out[j] = (int8_t)((int)((low[j] >> 4 * (g / 2) & 15) | (high[j] >> 2 * g & 3) << 4) - 32);
}

#endif
