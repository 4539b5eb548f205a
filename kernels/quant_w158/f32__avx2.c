/* Ternary weights by absmean on AVX2. The formula, its source and the order of the sum: quant_w158.h.
 *
 * Idea: the 16 lanes of doubles are four registers, filled by loads that widen; ternarising is two compares
 * (all-ones = -1 as integer) whose difference is the trit, packed 32 -> 16 -> 8 bits. Bound: 4 bytes read
 * (prepare), 5 moved (run) an element.
 */
#include "quant_w158.h"

#include <immintrin.h>

static inline void row_lanes(double lane[16], const float *x, size_t n) {
    const __m256d clear = _mm256_castsi256_pd(_mm256_set1_epi64x(INT64_MAX));
    __m256d sum[4];
    for (int j = 0; j < 4; j++)
        sum[j] = _mm256_setzero_pd();
    size_t i = 0;
    for (; i + 16 <= n; i += 16)
        for (int j = 0; j < 4; j++) {
            __m256d v = _mm256_cvtps_pd(_mm_loadu_ps(x + i + 4 * j));
            sum[j] = _mm256_add_pd(sum[j], _mm256_and_pd(v, clear));
        }
    for (int j = 0; j < 4; j++)
        _mm256_storeu_pd(lane + 4 * j, sum[j]);
    lanes_tail(lane, x + i, n - i);
}

static inline __m256i trits(const float *x, __m256 scale) {
    __m256 v = _mm256_mul_ps(_mm256_loadu_ps(x), scale);
    __m256 up = _mm256_cmp_ps(v, _mm256_set1_ps(0.5f), _CMP_GT_OQ);
    __m256 down = _mm256_cmp_ps(v, _mm256_set1_ps(-0.5f), _CMP_LT_OQ);
    return _mm256_sub_epi32(_mm256_castps_si256(down), _mm256_castps_si256(up));
}

static inline void ternarise(int8_t *t, const float *x, size_t n, float s) {
    const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    __m256 scale = _mm256_set1_ps(s);
    size_t i = 0;
    for (; i + 32 <= n; i += 32) {
        __m256i lo = _mm256_packs_epi32(trits(x + i, scale), trits(x + i + 8, scale));
        __m256i hi = _mm256_packs_epi32(trits(x + i + 16, scale), trits(x + i + 24, scale));
        __m256i b = _mm256_permutevar8x32_epi32(_mm256_packs_epi16(lo, hi), order);
        _mm256_storeu_si256((__m256i *)(void *)(t + i), b);
    }
    ternarise_tail(t + i, x + i, n - i, s);
}

TK_KERNEL(quant_w158_f32__avx2, .step = 1, .step_k = 32, .scratch = quant_w158_scratch,
          .prepare = quant_w158_prepare, .run = quant_w158_run, .note = "difference of two compares, packed");
