/* b2x_avx2.h: GEMM over b2x with panels_avx2.h: a field is a shift and a mask. */
#ifndef TK_GEMM_B2X_AVX2_H
#define TK_GEMM_B2X_AVX2_H

#include "gemv/panel_avx2.h"

enum { FIELDS = 4 };

static inline void decode(__m256i field[FIELDS], __m256i c) {
    const __m256i mask = _mm256_set1_epi8(3);
    field[0] = _mm256_and_si256(c, mask);
    field[1] = _mm256_and_si256(_mm256_srli_epi16(c, 2), mask);
    field[2] = _mm256_and_si256(_mm256_srli_epi16(c, 4), mask);
    field[3] = _mm256_and_si256(_mm256_srli_epi16(c, 6), mask);
}

#include "gemm/panels_avx2.h"

#endif
