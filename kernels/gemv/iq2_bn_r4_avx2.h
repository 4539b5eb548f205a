/* iq2_bn_r4_avx2.h: IQ2_BN_R4 with VPMADDUBSW: a lane of four bytes is a row, so the activations of a field are
 * one shuffle of the 32 that belong to a vector, and rows need no sums across lanes.
 *
 * |pair| <= 2 * 12 * 128 = 3072 and two of them a step: int16 sums hold 5 steps for every input, then they are
 * widened. Bound: 13 operations and 4 shuffles for 32 columns of four rows on three vector ports: 22 weights a
 * cycle. Five steps are one straight piece of code with sums pinned: in a loop GCC reordered and spilled them.
 */
#ifndef TK_IQ2_BN_R4_AVX2_H
#define TK_IQ2_BN_R4_AVX2_H

#include "gemv/rows4.h"

#include <immintrin.h>

enum { HEAD = 16, VECTOR = 32, WIDEN = 5 };

static inline __m256i times(__m256i codes, __m256i mask, __m256i q) {
    return _mm256_maddubs_epi16(_mm256_and_si256(codes, mask), q);
}

/* at1 and at4 += products; the latter of codes times 4. */
static inline void step(__m256i *at1, __m256i *at4, __m256i c, __m256i q) {
    const __m256i low = _mm256_set1_epi8(0x03), high = _mm256_set1_epi8(0x0c), up = _mm256_srli_epi16(c, 4);
    *at1 = _mm256_add_epi16(*at1, times(c, low, _mm256_shuffle_epi32(q, 0x00)));
    *at4 = _mm256_add_epi16(*at4, times(c, high, _mm256_shuffle_epi32(q, 0x55)));
    *at1 = _mm256_add_epi16(*at1, times(up, low, _mm256_shuffle_epi32(q, 0xaa)));
    *at4 = _mm256_add_epi16(*at4, times(up, high, _mm256_shuffle_epi32(q, 0xff)));
    TK_PIN(*at1);
    TK_PIN(*at4);
}

/* Products of `count` vectors of columns, WIDEN at most, to sum[0], those of codes times 4 to sum[1]. */
__attribute__((always_inline)) static inline void steps(size_t count, __m256i sum[2], const uint8_t *w,
                                                        const int8_t *q) {
    const __m256i ones = _mm256_set1_epi16(1);
    __m256i at1 = _mm256_setzero_si256(), at4 = at1;
#pragma GCC unroll 5
    for (size_t i = 0; i < count; i++) {
        gemv_ahead(w + i * VECTOR);
        step(&at1, &at4, _mm256_loadu_si256((const __m256i *)(const void *)(w + i * VECTOR)),
             _mm256_loadu_si256((const __m256i *)(const void *)(q + i * VECTOR)));
    }
    sum[0] = _mm256_add_epi32(sum[0], _mm256_madd_epi16(at1, ones));
    sum[1] = _mm256_add_epi32(sum[1], _mm256_madd_epi16(at4, ones));
}

static inline void panel(int32_t out[PANEL_ROWS], const uint8_t *w, const int8_t *q, size_t k) {
    __m256i sum[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
    size_t i = 0;
    for (; k - i >= WIDEN * VECTOR; i += WIDEN * VECTOR)
        steps(WIDEN, sum, w + i, q + i);
    for (; i < k; i += VECTOR)
        steps(1, sum, w + i, q + i);
    sum[0] = _mm256_add_epi32(sum[0], _mm256_srai_epi32(sum[1], 2));
    _mm_storeu_si128((__m128i *)(void *)out,
                     _mm_add_epi32(_mm256_castsi256_si128(sum[0]), _mm256_extracti128_si256(sum[0], 1)));
}

static void run(const tk_args *a) {
    rows4_walk(a, HEAD, panel);
}

#define IQ2_BN_R4_AVX2                                                                                         \
    .layout = &tk_layout_iq2_bn_r4, .step = PANEL_ROWS, .step_k = 64, .reject = gemv_reject, .run = run,       \
    .note = "VPMADDUBSW, a row a lane, widened to int32 every 5 x 32 columns"

#endif
