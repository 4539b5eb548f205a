/* codes2_neon.h: the layouts of 2-bit codes (gemv/codes2.h) for rows_neon.h: a line has the four fields of 16
 * bytes of codes one after the other, 64 columns, and activations come in that order. */
#ifndef TK_GEMM_CODES2_NEON_H
#define TK_GEMM_CODES2_NEON_H

enum { VECTOR = 16 };

#include "gemm/row_by_row_neon.h"
#include "gemv/codes2_load_neon.h"

static inline size_t line_columns(size_t k) {
    return token_bytes(k);
}

static inline int8x16_t activations(const tk_args *a, size_t token, size_t c) {
    int8_t run[RUN];
    prepare_run(run, (const int8_t *)a->x + token * a->shape.k, a->shape.k, c / 4 / VECTOR * VECTOR,
                c / RUN % 4);
    return vld1q_s8(run);
}

static inline void decode_row(uint8_t *out, size_t i, const tk_args *a, size_t row, size_t at, size_t columns) {
    const uint8_t *w = (const uint8_t *)a->w + row * row_bytes_of(a->shape.k);
    const uint8x16_t three = vdupq_n_u8(3);
    for (size_t c = 0; c < columns; c += 4 * VECTOR) {
        const size_t chunk = (at + c) / (4 * VECTOR);
        const uint8x16_t v = CODES2_CHUNK(w, chunk);
        gemv_ahead(code_at(w, chunk * VECTOR));
        put_codes(out, i, c, vandq_u8(v, three));
        put_codes(out, i, c + 16, vandq_u8(vshrq_n_u8(v, 2), three));
        put_codes(out, i, c + 32, vandq_u8(vshrq_n_u8(v, 4), three));
        put_codes(out, i, c + 48, vshrq_n_u8(v, 6));
    }
}

#define CODES2_NEON .layout = &LAYOUT, .step_k = BLOCK_COLUMNS, ROW_BY_ROW

#endif
