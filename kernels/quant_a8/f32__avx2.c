/* Activations to int8 on AVX2; formula and source in quant_a8.h.
 *
 * Idea: as on AVX-512, 32 floats a step: 4 x cvtps -> two 32-to-16 packs -> one 16-to-8 pack, whose lane-wise
 * order (0 4 1 5 2 6 3 7 in groups of four) one permute puts right. The tail is scalar. Bound: 4 bytes read
 * twice and 1 written an element, from L1.
 */
#include "quant_a8.h"

#include <immintrin.h>

static inline uint32_t magnitude(const float *x, size_t n) {
    __m256i clear = _mm256_set1_epi32(0x7fffffff), m[4];
    for (int j = 0; j < 4; j++)
        m[j] = _mm256_setzero_si256();
    size_t i = 0;
    for (; i + 32 <= n; i += 32)
        for (int j = 0; j < 4; j++) {
            __m256i v = _mm256_loadu_si256((const __m256i *)(const void *)(x + i + 8 * j));
            m[j] = _mm256_max_epi32(m[j], _mm256_and_si256(v, clear));
        }
    uint32_t lane[8];
    __m256i top = _mm256_max_epi32(_mm256_max_epi32(m[0], m[1]), _mm256_max_epi32(m[2], m[3]));
    _mm256_storeu_si256((__m256i *)(void *)lane, top);
    uint32_t best = 0;
    for (int j = 0; j < 8; j++)
        best = lane[j] > best ? lane[j] : best;
    return magnitude_tail(x + i, n - i, best);
}

static inline int32_t quantise(int8_t *q, const float *x, size_t n, float s) {
    const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7), flip = _mm256_set1_epi8((char)0x80);
    __m256 scale = _mm256_set1_ps(s);
    __m256i sum = _mm256_setzero_si256();
    size_t i = 0;
    for (; i + 32 <= n; i += 32) {
        __m256i v[4];
        for (int j = 0; j < 4; j++)
            v[j] = _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_loadu_ps(x + i + 8 * j), scale));
        __m256i b = _mm256_packs_epi16(_mm256_packs_epi32(v[0], v[1]), _mm256_packs_epi32(v[2], v[3]));
        b = _mm256_permutevar8x32_epi32(b, order);
        _mm256_storeu_si256((__m256i *)(void *)(q + i), b);
        sum = _mm256_add_epi64(sum, _mm256_sad_epu8(_mm256_xor_si256(b, flip), _mm256_setzero_si256()));
    }
    int64_t part[4];
    _mm256_storeu_si256((__m256i *)(void *)part, sum);
    int32_t total = (int32_t)(part[0] + part[1] + part[2] + part[3] - 128 * (int64_t)i);
    return total + quantise_tail(q + i, x + i, n - i, s);
}

TK_KERNEL(quant_a8_f32__avx2, .step = 1, .step_k = 32, .run = quant_a8_run,
          .note = "integer maximum, then 32 at a time");
