/* Activations to int8 on AVX-512; formula and source in quant_a8.h.
 *
 * Idea: two passes over a token that sits in L1. First 4 running integer maxima of 16 sign-cleared floats; then
 * 64 floats -> 4 x cvtps (RNE by the default rounding) -> three saturating packs and one permute -> 64 bytes;
 * the sum comes from the bytes, which vpsadbw adds after a flip to unsigned. The tail is one more step under
 * masks, where the missing floats are zeros.
 *
 *   packs give, for 128-bit lane l:   v0[l] v1[l] v2[l] v3[l]   (4 bytes each: 16 dwords, 4l + j)
 *   the permute puts dword 4l + j at 4j + l:  v0[0..3] v1[0..3] v2[0..3] v3[0..3]
 *
 * Bound: 64 floats take 8 vector operations in the first pass (4 cycles on two ports, and 4 loads that may
 * straddle lines) and 15 in the second (7.5 cycles): K/16 + K/8.5 cycles a token.
 * Tried and lost: vpmovsdb (two shuffles each) with inserts: 12 operations for the one shuffle port.
 * Not usable: vrangeps, a maximum of magnitudes in one operation that drops a NaN.
 */
#include "quant_a8.h"

#include <immintrin.h>

static inline __m512 load(const float *x, uint64_t in, int j) {
    return _mm512_maskz_loadu_ps((__mmask16)(in >> (16 * j)), x + 16 * j);
}

static inline void widen_max(__m512i top[4], const float *x, uint64_t in) {
    const __m512i clear = _mm512_set1_epi32(0x7fffffff);
    for (int j = 0; j < 4; j++)
        top[j] = _mm512_max_epi32(top[j], _mm512_and_si512(_mm512_castps_si512(load(x, in, j)), clear));
}

static inline uint32_t magnitude(const float *x, size_t n) {
    __m512i top[4];
    for (int j = 0; j < 4; j++)
        top[j] = _mm512_setzero_si512();
    size_t i = 0;
    for (; i + 64 <= n; i += 64)
        widen_max(top, x + i, UINT64_MAX);
    if (i < n)
        widen_max(top, x + i, ((uint64_t)1 << (n - i)) - 1);
    __m512i best = _mm512_max_epi32(_mm512_max_epi32(top[0], top[1]), _mm512_max_epi32(top[2], top[3]));
    return (uint32_t)_mm512_reduce_max_epi32(best);
}

static inline __m512i round64(const float *x, uint64_t in, float s) {
    const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    __m512i v[4];
    for (int j = 0; j < 4; j++)
        v[j] = _mm512_cvtps_epi32(_mm512_mul_ps(load(x, in, j), _mm512_set1_ps(s)));
    __m512i lo = _mm512_packs_epi32(v[0], v[1]), hi = _mm512_packs_epi32(v[2], v[3]);
    return _mm512_permutexvar_epi32(order, _mm512_packs_epi16(lo, hi));
}

/* Sums of groups of 8 bytes, each byte 128 too large. */
static inline __m512i add_bytes(__m512i sum, __m512i b) {
    __m512i raised = _mm512_xor_si512(b, _mm512_set1_epi8((char)0x80));
    return _mm512_add_epi64(sum, _mm512_sad_epu8(raised, _mm512_setzero_si512()));
}

static inline int32_t quantise(int8_t *q, const float *x, size_t n, float s) {
    __m512i sum = _mm512_setzero_si512();
    size_t i = 0;
    for (; i + 64 <= n; i += 64) {
        __m512i b = round64(x + i, UINT64_MAX, s);
        _mm512_storeu_si512(q + i, b);
        sum = add_bytes(sum, b);
    }
    if (i < n) {
        uint64_t in = ((uint64_t)1 << (n - i)) - 1;
        __m512i b = round64(x + i, in, s);
        _mm512_mask_storeu_epi8(q + i, in, b);
        sum = add_bytes(sum, b);
        i += 64;
    }
    return (int32_t)(_mm512_reduce_add_epi64(sum) - 128 * (int64_t)i);
}

TK_KERNEL(quant_a8_f32__avx512, .step = 1, .step_k = 64, .run = quant_a8_run,
          .note = "integer maximum, then 64 at a time by three packs");
