/* panel_avx2.h: b2x and b3 with 256-bit vectors: a vector is half a block, 8 rows x 4 columns. */
#ifndef TK_PANEL_AVX2_H
#define TK_PANEL_AVX2_H

#include "gemv/panel.h"
#include "pin.h"

#include <immintrin.h>

/* Which of the 8 rows from `row` on lie in [begin, end). */
static inline __m256i panel_mask8(size_t row, size_t begin, size_t end) {
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    int low = begin > row ? (int)(begin - row < 8 ? begin - row : 8) : 0;
    int high = end > row ? (int)(end - row < 8 ? end - row : 8) : 0;
    return _mm256_andnot_si256(_mm256_cmpgt_epi32(_mm256_set1_epi32(low), lane),
                               _mm256_cmpgt_epi32(_mm256_set1_epi32(high), lane));
}

/* y[row + i] = v[i] for those of the 8 rows that lie in [begin, end). */
static inline void panel_store8(int32_t *y, size_t row, size_t begin, size_t end, __m256i v) {
    _mm256_maskstore_epi32(y + row, panel_mask8(row, begin, end), v);
}

static inline __m256i panel_half(const uint8_t *w, size_t half) {
    return _mm256_loadu_si256((const __m256i *)(const void *)(w + 32 * half));
}

#endif
