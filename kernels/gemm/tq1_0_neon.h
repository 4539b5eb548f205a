/* tq1_0_neon.h: TQ1_0 for rows_neon.h. Byte v is a fraction of 256: its first digit is (v >= 86) + (v >= 171),
 * the next one that of 3 v mod 256. Three vectors of 16 bytes have five digits of 16 columns each, in order; of
 * the last four bytes byte j times 3^n in lane 4n + j has column 240 + 4n + j as its first digit. */
#ifndef TK_GEMM_TQ1_0_NEON_H
#define TK_GEMM_TQ1_0_NEON_H

#include "layouts/tq1_0.h"

#include "gemm/row_by_row_neon.h"
#include "gemv/trits.h"

static inline size_t line_columns(size_t k) {
    return k;
}

static inline int8x16_t activations(const tk_args *a, size_t token, size_t c) {
    return vld1q_s8((const int8_t *)a->x + token * a->shape.k + c);
}

/* A comparison gives -1 for true. */
static inline uint8x16_t first_digit(uint8x16_t v) {
    const uint8x16_t minus = vaddq_u8(vcgeq_u8(v, vdupq_n_u8(86)), vcgeq_u8(v, vdupq_n_u8(171)));
    return vsubq_u8(vdupq_n_u8(0), minus);
}

/* 16 bytes to columns c + n * step .. + 15 of row i, for digit n. */
static inline void five_digits(uint8_t *out, size_t i, const uint8_t *w, size_t c, size_t step) {
    uint8x16_t v = vld1q_u8(w);
    for (size_t n = 0; n < DIGITS; n++, v = vaddq_u8(v, vaddq_u8(v, v)))
        put_codes(out, i, c + n * step, first_digit(v));
}

static inline void decode_row(uint8_t *out, size_t i, const tk_args *a, size_t row, size_t at, size_t columns) {
    static const uint8_t powers[LANES] = {1, 1, 1, 1, 3, 3, 3, 3, 9, 9, 9, 9, 27, 27, 27, 27};
    const uint8_t *w = (const uint8_t *)a->w + (row * units_of(a->shape.k) + at / UNIT_COLUMNS) * UNIT_BYTES;
    for (size_t c = 0; c < columns; c += UNIT_COLUMNS, w += UNIT_BYTES) {
        uint32_t four;
        gemv_ahead(w);
        five_digits(out, i, w, c, 32);
        five_digits(out, i, w + 16, c + 16, 32);
        five_digits(out, i, w + 32, c + 160, 16);
        memcpy(&four, w + 48, sizeof four);
        put_codes(out, i, c + 240,
                  first_digit(vmulq_u8(vreinterpretq_u8_u32(vdupq_n_u32(four)), vld1q_u8(powers))));
    }
}

#define TQ1_0_NEON .layout = &tk_layout_tq1_0, .step_k = UNIT_COLUMNS, ROW_BY_ROW

#endif
