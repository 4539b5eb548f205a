/* i2s_r4_avx2.h: the 4-row order of I2_S with VPMADDUBSW: masked codes of a row, times 1 (rows 3 and 1, the
 * latter after a shift) or 4 (rows 2 and 0), against the same 32 activations.
 *
 * |pair| <= 2 * 12 * 128 = 3072, so int16 sums hold 10 steps for every input, then they are widened. Bound: 13
 * operations per 32 columns of four rows on three vector ports, 30 weights a cycle. Ten steps are one straight
 * piece of code with sums pinned: in a loop GCC reordered and spilled them. */
#ifndef TK_I2S_R4_AVX2_H
#define TK_I2S_R4_AVX2_H

#include "gemv/rows4.h"

#include <immintrin.h>

enum { VECTOR = 32, WIDEN = 10 };

static inline __m256i times(__m256i sum, __m256i codes, __m256i mask, __m256i q) {
    sum = _mm256_add_epi16(sum, _mm256_maddubs_epi16(_mm256_and_si256(codes, mask), q));
    TK_PIN(sum);
    return sum;
}

/* at[r] += row 3 - r. */
static inline void step(__m256i at[PANEL_ROWS], __m256i c, __m256i q) {
    const __m256i low = _mm256_set1_epi8(0x03), high = _mm256_set1_epi8(0x0c), up = _mm256_srli_epi16(c, 4);
    at[0] = times(at[0], c, low, q);
    at[1] = times(at[1], c, high, q);
    at[2] = times(at[2], up, low, q);
    at[3] = times(at[3], up, high, q);
}

static inline __m256i load(const void *p) {
    return _mm256_loadu_si256((const __m256i *)p);
}

static inline void widen(__m256i sum[PANEL_ROWS], const __m256i at[PANEL_ROWS]) {
    for (size_t r = 0; r < PANEL_ROWS; r++)
        sum[r] = _mm256_add_epi32(sum[r], _mm256_madd_epi16(at[r], _mm256_set1_epi16(1)));
}

/* sum += `count` vectors of columns, WIDEN at most. */
__attribute__((always_inline)) static inline void steps(size_t count, __m256i sum[PANEL_ROWS], const uint8_t *w,
                                                        const int8_t *q) {
    const __m256i zero = _mm256_setzero_si256();
    __m256i at[PANEL_ROWS] = {zero, zero, zero, zero};
#pragma GCC unroll 10
    for (size_t i = 0; i < count; i++) {
        gemv_ahead(w + i * VECTOR);
        step(at, load(w + i * VECTOR), load(q + i * VECTOR));
    }
    widen(sum, at);
}

/* The last columns when they are no whole vector. */
static inline void short_step(__m256i sum[PANEL_ROWS], const uint8_t *w, const int8_t *q, size_t columns) {
    const __m256i zero = _mm256_setzero_si256();
    __m256i at[PANEL_ROWS] = {zero, zero, zero, zero};
    uint8_t codes[VECTOR] = {0};
    int8_t x[VECTOR] = {0};
    memcpy(codes, w, columns);
    memcpy(x, q, columns);
    step(at, load(codes), load(x));
    widen(sum, at);
}

static inline void panel(int32_t out[PANEL_ROWS], const uint8_t *w, const int8_t *q, size_t k) {
    const __m256i zero = _mm256_setzero_si256();
    __m256i sum[PANEL_ROWS] = {zero, zero, zero, zero};
    size_t i = 0;
    for (; k - i >= WIDEN * VECTOR; i += WIDEN * VECTOR)
        steps(WIDEN, sum, w + i, q + i);
    for (; k - i >= VECTOR; i += VECTOR)
        steps(1, sum, w + i, q + i);
    if (i < k)
        short_step(sum, w + i, q + i, k - i);
    sum[1] = _mm256_srai_epi32(sum[1], 2);
    sum[3] = _mm256_srai_epi32(sum[3], 2);
    __m256i all = _mm256_hadd_epi32(_mm256_hadd_epi32(sum[3], sum[2]), _mm256_hadd_epi32(sum[1], sum[0]));
    _mm_storeu_si128((__m128i *)(void *)out,
                     _mm_add_epi32(_mm256_castsi256_si128(all), _mm256_extracti128_si256(all, 1)));
}

static void run(const tk_args *a) {
    rows4_walk(a, 0, panel);
}

#define I2S_R4_AVX2                                                                                            \
    .layout = &tk_layout_i2s_r4, .step = PANEL_ROWS, .step_k = VECTOR, .reject = gemv_reject, .run = run,      \
    .note = "VPMADDUBSW, widened to int32 every 10 x 32 columns"

#endif
