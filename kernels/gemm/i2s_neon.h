/* i2s_neon.h: I2_S for rows_neon.h: a group of 32 bytes is four times 32 columns, the first in the high bits.
 */
#ifndef TK_GEMM_I2S_NEON_H
#define TK_GEMM_I2S_NEON_H

#include "gemm/row_by_row_neon.h"

static inline size_t line_columns(size_t k) {
    return k;
}

static inline int8x16_t activations(const tk_args *a, size_t token, size_t c) {
    return vld1q_s8((const int8_t *)a->x + token * a->shape.k + c);
}

static inline void decode_row(uint8_t *out, size_t i, const tk_args *a, size_t row, size_t at, size_t columns) {
    const uint8_t *w = (const uint8_t *)a->w + row * (a->shape.k / 4) + at / 4;
    const uint8x16_t three = vdupq_n_u8(3);
    for (size_t c = 0; c < columns; c += GEMV_GROUP)
        for (size_t half = 0; half < GEMV_BYTES; half += LANES, w += LANES) {
            const uint8x16_t v = vld1q_u8(w);
            gemv_ahead(w);
            put_codes(out, i, c + half, vshrq_n_u8(v, 6));
            put_codes(out, i, c + half + 32, vandq_u8(vshrq_n_u8(v, 4), three));
            put_codes(out, i, c + half + 64, vandq_u8(vshrq_n_u8(v, 2), three));
            put_codes(out, i, c + half + 96, vandq_u8(v, three));
        }
}

#define I2S_NEON .layout = &tk_layout_i2s, .step_k = GEMV_GROUP, ROW_BY_ROW

#endif
