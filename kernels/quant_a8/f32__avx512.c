/* Activations to int8 on AVX-512; formula and source in f32__generic.c.
 *
 * Idea: two passes over a token that sits in L1. First 4 running integer maxima of 16 sign-cleared floats; then
 * 64 floats -> 4 x cvtps (RNE by the default rounding) -> 4 x saturating narrow -> 64 bytes; the sum comes from
 * the bytes, which vpsadbw adds after a flip to unsigned. Masks do the tail. Bound: 4 bytes read twice and 1
 * written an element, from L1: about K/16 cycles a pass.
 */
#include "quant_a8.h"

#include <immintrin.h>

static inline uint32_t magnitude(const float *x, size_t n) {
    __m512i clear = _mm512_set1_epi32(0x7fffffff), m[4];
    for (int j = 0; j < 4; j++)
        m[j] = _mm512_setzero_si512();
    size_t i = 0;
    for (; i + 64 <= n; i += 64)
        for (int j = 0; j < 4; j++)
            m[j] = _mm512_max_epi32(m[j], _mm512_and_si512(_mm512_loadu_si512(x + i + 16 * j), clear));
    for (; i < n; i += 16) {
        __mmask16 in = n - i < 16 ? (__mmask16)((1u << (n - i)) - 1) : 0xffff;
        m[0] = _mm512_max_epi32(m[0], _mm512_and_si512(_mm512_maskz_loadu_epi32(in, x + i), clear));
    }
    __m512i top = _mm512_max_epi32(_mm512_max_epi32(m[0], m[1]), _mm512_max_epi32(m[2], m[3]));
    return (uint32_t)_mm512_reduce_max_epi32(top);
}

static inline int32_t quantise(int8_t *q, const float *x, size_t n, float s) {
    __m512 scale = _mm512_set1_ps(s);
    __m512i flip = _mm512_set1_epi8((char)0x80), sum = _mm512_setzero_si512();
    size_t i = 0;
    for (; i + 64 <= n; i += 64) {
        __m128i b[4];
        for (int j = 0; j < 4; j++)
            b[j] = _mm512_cvtsepi32_epi8(
                _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_loadu_ps(x + i + 16 * j), scale)));
        __m256i lo = _mm256_inserti128_si256(_mm256_castsi128_si256(b[0]), b[1], 1);
        __m256i hi = _mm256_inserti128_si256(_mm256_castsi128_si256(b[2]), b[3], 1);
        __m512i all = _mm512_inserti64x4(_mm512_castsi256_si512(lo), hi, 1);
        _mm512_storeu_si512(q + i, all);
        sum = _mm512_add_epi64(sum, _mm512_sad_epu8(_mm512_xor_si512(all, flip), _mm512_setzero_si512()));
    }
    int32_t total = (int32_t)(_mm512_reduce_add_epi64(sum) - 128 * (int64_t)i);
    for (; i < n; i += 16) {
        __mmask16 in = n - i < 16 ? (__mmask16)((1u << (n - i)) - 1) : 0xffff;
        __m512i v = _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_maskz_loadu_ps(in, x + i), scale));
        _mm_mask_storeu_epi8(q + i, in, _mm512_cvtsepi32_epi8(v));
        total += _mm512_mask_reduce_add_epi32(in, v);
    }
    return total;
}

TK_KERNEL(quant_a8_f32__avx512, .step = 1, .run = quant_a8_run, .note = "integer maximum, then 64 at a time");
