/* Ternary weights by absmean on AVX-512. The formula, its source and the order of the sum: quant_w158.h.
 *
 * Idea: the 16 lanes of doubles are two registers; ternarising is two compares into masks and one byte select
 * for each 16 weights. Bound: 4 bytes read (prepare), 5 moved (run) an element: memory, not arithmetic.
 */
#include "quant_w158.h"

#include <immintrin.h>

static inline void row_lanes(double lane[16], const float *x, size_t n) {
    __m512d lo = _mm512_setzero_pd(), hi = _mm512_setzero_pd();
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        __m512 v = _mm512_abs_ps(_mm512_loadu_ps(x + i));
        lo = _mm512_add_pd(lo, _mm512_cvtps_pd(_mm512_castps512_ps256(v)));
        hi = _mm512_add_pd(hi, _mm512_cvtps_pd(_mm512_extractf32x8_ps(v, 1)));
    }
    _mm512_storeu_pd(lane, lo);
    _mm512_storeu_pd(lane + 8, hi);
    lanes_tail(lane, x + i, n - i);
}

static inline void ternarise(int8_t *t, const float *x, size_t n, float s) {
    __m512 scale = _mm512_set1_ps(s), half = _mm512_set1_ps(0.5f), minus = _mm512_set1_ps(-0.5f);
    const __m512i one = _mm512_set1_epi8(1), none = _mm512_set1_epi8(-1);
    size_t i = 0;
    for (; i + 64 <= n; i += 64) {
        uint64_t up = 0, down = 0;
        for (int j = 0; j < 4; j++) {
            __m512 v = _mm512_mul_ps(_mm512_loadu_ps(x + i + 16 * j), scale);
            up |= (uint64_t)_mm512_cmp_ps_mask(v, half, _CMP_GT_OQ) << (16 * j);
            down |= (uint64_t)_mm512_cmp_ps_mask(v, minus, _CMP_LT_OQ) << (16 * j);
        }
        _mm512_storeu_si512(t + i, _mm512_mask_mov_epi8(_mm512_maskz_mov_epi8(up, one), down, none));
    }
    ternarise_tail(t + i, x + i, n - i, s);
}

TK_KERNEL(quant_w158_f32__avx512, .step = 1, .scratch = quant_w158_scratch, .prepare = quant_w158_prepare,
          .run = quant_w158_run, .note = "compare into masks, select bytes");
