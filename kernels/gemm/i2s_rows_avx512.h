/* i2s_rows_avx512.h: rows of I2_S decoded: a group of 32 bytes is four vectors of 32 columns, shifted by 6, 4,
 * 2 and 0 bits. */
#ifndef TK_GEMM_I2S_ROWS_AVX512_H
#define TK_GEMM_I2S_ROWS_AVX512_H

#include "gemv/gemv_tmpl.h"
#include "gemv/panel_avx512.h"

static inline void rows_decode(uint8_t *out, const tk_args *a, size_t row, size_t at, size_t columns) {
    const uint8_t *w = (const uint8_t *)a->w + row * (a->shape.k / 4) + at / 4;
    const __m512i mask = _mm512_set1_epi8(3);
    for (size_t c = 0; c < columns; c += GEMV_GROUP, w += GEMV_BYTES) {
        gemv_ahead(w);
        __m512i both = _mm512_broadcast_i64x4(_mm256_loadu_si256((const __m256i *)(const void *)w));
        const __m512i high = _mm512_set_epi64(4, 4, 4, 4, 6, 6, 6, 6),
                      low = _mm512_set_epi64(0, 0, 0, 0, 2, 2, 2, 2);
        _mm512_store_si512(out + c, _mm512_and_si512(_mm512_srlv_epi64(both, high), mask));
        _mm512_store_si512(out + c + 64, _mm512_and_si512(_mm512_srlv_epi64(both, low), mask));
    }
}

static inline size_t rows_columns(size_t k) {
    return k;
}

#endif
