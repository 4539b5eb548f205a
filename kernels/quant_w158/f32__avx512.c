/* Ternary weights by absmean on AVX-512. The formula, its source and the order of the sum: quant_w158.h.
 *
 * Idea: the 16 lanes of doubles are two registers, filled by loads that widen. Ternarising: vrangeps takes the
 * smaller of |W*s| and 1 with the sign of W in one operation, cvtps rounds (a tie to the even 0), and 64 trits
 * go to bytes by three packs and one permute:
 *
 *   packs give, for 128-bit lane l:   v0[l] v1[l] v2[l] v3[l]   (4 bytes each: 16 dwords, 4l + j)
 *   the permute puts dword 4l + j at 4j + l:  v0[0..3] v1[0..3] v2[0..3] v3[0..3]
 *
 * Tails run under masks, where the missing floats are zeros (adding +0 to a lane changes nothing). Bound: 4
 * bytes read (prepare), 5 moved (run) an element: memory. From L1: prepare waits for its adds, 4 cycles for 16;
 * run has 16 vector operations for 64, 8 cycles. Tried and lost: two compares into masks: their way through
 * general registers costs more than the packs.
 */
#include "quant_w158.h"

#include <immintrin.h>

static inline void row_lanes(double lane[16], const float *x, size_t n) {
    __m512d lo = _mm512_setzero_pd(), hi = _mm512_setzero_pd();
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        lo = _mm512_add_pd(lo, _mm512_abs_pd(_mm512_cvtps_pd(_mm256_loadu_ps(x + i))));
        hi = _mm512_add_pd(hi, _mm512_abs_pd(_mm512_cvtps_pd(_mm256_loadu_ps(x + i + 8))));
    }
    if (i < n) {
        unsigned in = (1u << (n - i)) - 1;
        __m256 first = _mm256_maskz_loadu_ps((__mmask8)in, x + i);
        __m256 second = _mm256_maskz_loadu_ps((__mmask8)(in >> 8), x + i + 8);
        lo = _mm512_add_pd(lo, _mm512_abs_pd(_mm512_cvtps_pd(first)));
        hi = _mm512_add_pd(hi, _mm512_abs_pd(_mm512_cvtps_pd(second)));
    }
    _mm512_storeu_pd(lane, lo);
    _mm512_storeu_pd(lane + 8, hi);
}

static inline __m512i trits64(const float *x, uint64_t in, float s) {
    enum { SMALLER_MAGNITUDE = 2 }; /* of the two, with the sign of the first */
    const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    __m512i v[4];
    for (int j = 0; j < 4; j++) {
        __m512 w = _mm512_maskz_loadu_ps((__mmask16)(in >> (16 * j)), x + 16 * j);
        w = _mm512_mul_ps(w, _mm512_set1_ps(s));
        v[j] = _mm512_cvtps_epi32(_mm512_range_ps(w, _mm512_set1_ps(1), SMALLER_MAGNITUDE));
    }
    __m512i lo = _mm512_packs_epi32(v[0], v[1]), hi = _mm512_packs_epi32(v[2], v[3]);
    return _mm512_permutexvar_epi32(order, _mm512_packs_epi16(lo, hi));
}

static inline void ternarise(int8_t *t, const float *x, size_t n, float s) {
    size_t i = 0;
    for (; i + 64 <= n; i += 64)
        _mm512_storeu_si512(t + i, trits64(x + i, UINT64_MAX, s));
    if (i < n) {
        uint64_t in = ((uint64_t)1 << (n - i)) - 1;
        _mm512_mask_storeu_epi8(t + i, in, trits64(x + i, in, s));
    }
}

TK_KERNEL(quant_w158_f32__avx512, .step = 1, .step_k = 64, .scratch = quant_w158_scratch,
          .prepare = quant_w158_prepare, .run = quant_w158_run, .note = "vrangeps, round, three packs");
