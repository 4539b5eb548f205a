/* i2s_avx2.h: GEMM over I2_S with rows_avx2.h: a group of 32 bytes is four vectors of 32 columns, shifted by 6,
 * 4, 2 and 0 bits; the activations are used where they are. */
#ifndef TK_GEMM_I2S_AVX2_H
#define TK_GEMM_I2S_AVX2_H

#include "gemv/gemv_tmpl.h"

#include <immintrin.h>

static inline void rows_decode(uint8_t *out, const tk_args *a, size_t row, size_t at, size_t columns) {
    const uint8_t *w = (const uint8_t *)a->w + row * (a->shape.k / 4) + at / 4;
    const __m256i mask = _mm256_set1_epi8(3);
    for (uint8_t *end = out + columns; out < end; out += GEMV_GROUP, w += GEMV_BYTES) {
        __m256i *to = (__m256i *)(void *)out;
        const __m256i c = _mm256_loadu_si256((const __m256i *)(const void *)w);
        gemv_ahead(w);
        _mm256_store_si256(to, _mm256_and_si256(_mm256_srli_epi16(c, 6), mask));
        _mm256_store_si256(to + 1, _mm256_and_si256(_mm256_srli_epi16(c, 4), mask));
        _mm256_store_si256(to + 2, _mm256_and_si256(_mm256_srli_epi16(c, 2), mask));
        _mm256_store_si256(to + 3, _mm256_and_si256(c, mask));
    }
}

static inline const int8_t *rows_x(const tk_args *a) {
    return a->x;
}

static inline size_t rows_columns(size_t k) {
    return k;
}

#include "gemm/rows_avx2.h"

#define I2S_AVX2                                                                                               \
    .layout = &tk_layout_i2s, .step = BLOCK_ROWS, .step_k = GEMV_GROUP, .reject = gemv_reject, .run = run,     \
    .note = "decoded once, 2 rows x 6 tokens in registers"

#endif
