/* The output head over Q6_K weights with 16-bit activations, AVX-512 VNNI: head/a16.h has the contract.
 *
 *   64 low nibbles + 64 high pairs -> 64 codes (c = 0 .. 63, column after column)
 *   VPDPBUSD   16 sums of 4: -32 (hi hi hi hi) + c . hi, |sum| <= 16256; the same with lo, |sum| <= 16384
 *   VPDPWSSD   those times the scales: a sum is the low word of its 32 bits, next to a zero in the scales
 *
 * Scales are moved to the upper byte of their word by VPSHUFB, so they are 256 s: what the sums of hi need, and
 * those of lo are shifted down once a block (|256 * 4 * 128 * 16384| = 2^31, reached from below only).
 *
 * Bound: 39 operations and 21 loads for 256 weights, 210 bytes: 10 bytes a cycle on two 512-bit ports, 8 where
 * one such load a cycle can be had, which is more than a core reads from memory. */
#define CENTRE  int32_t
#define CENTRED 4
#define SIGN    -
#include "f32/f32_vec.h"
#include "head_q6_k_a16/halves.h"

#include <immintrin.h>

/* The four codes of every place: 64 p .. 64 p + 63 of a block. */
static inline __m512i codes64(__m512i low, __m512i high, size_t p) {
    const __m512i left = _mm512_inserti64x4(_mm512_set1_epi16(4), _mm256_set1_epi16(2), 1);
    const __m512i right = _mm512_inserti64x4(_mm512_setzero_si512(), _mm256_set1_epi16(2), 1);
    const __m512i nibbles = _mm512_and_si512(p ? _mm512_srli_epi16(low, 4) : low, _mm512_set1_epi8(15));
    const __m512i pairs = p ? _mm512_srlv_epi16(high, right) : _mm512_sllv_epi16(high, left);
    return _mm512_ternarylogic_epi64(nibbles, pairs, _mm512_set1_epi8(0x30), 0xf8); /* a | (b & c) */
}

/* Bytes of VPSHUFB: scale 4 p + i to the upper byte of the lower word of quarter i's four lanes. */
static inline __m512i scale_places(size_t p) {
    const int s = (int)(4 * p);
    const __m512i quarter = _mm512_setr_epi32(s, s, s, s, s + 1, s + 1, s + 1, s + 1, s + 2, s + 2, s + 2,
                                              s + 2, s + 3, s + 3, s + 3, s + 3);
    return _mm512_or_si512(_mm512_slli_epi32(quarter, 8), _mm512_set1_epi32((int)0x80800080));
}

static inline float a16_dot(const uint8_t *row, const uint8_t *activations, size_t k) {
    __m512 acc = _mm512_setzero_ps();
    const __m512i *a = (const __m512i *)(const void *)activations;
    for (const uint8_t *block = row, *end = row + q6_k_row(k); block < end; block += 210) {
        const __m512i scales =
            _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)(const void *)(block + 192)));
        __m512i hi = _mm512_setzero_si512(), lo = hi;
        for (size_t line = 0; line < 210; line += 64)
            _mm_prefetch((const char *)block + 8192 + line, _MM_HINT_T0);
        for (size_t half = 0; half < 2; half++) {
            const __m512i low = _mm512_loadu_si512(block + 64 * half);
            const __m512i high = _mm512_broadcast_i64x4(
                _mm256_loadu_si256((const __m256i *)(const void *)(block + 128 + 32 * half)));
            for (size_t p = 0; p < 2; p++, a += 4) {
                const __m512i codes = codes64(low, high, p);
                const __m512i scale = _mm512_shuffle_epi8(scales, scale_places(2 * half + p));
                hi = _mm512_dpwssd_epi32(hi, _mm512_dpbusd_epi32(a[2], codes, a[0]), scale);
                lo = _mm512_dpwssd_epi32(lo, _mm512_dpbusd_epi32(a[3], codes, a[1]), scale);
            }
        }
        const __m512 sum = _mm512_cvtepi32_ps(_mm512_add_epi32(hi, _mm512_srai_epi32(lo, 8)));
        acc = _mm512_add_ps(
            acc, _mm512_mul_ps(_mm512_set1_ps(_cvtsh_ss((uint16_t)(block[208] | block[209] << 8))), sum));
    }
    return lanes_sum((lanes){{(vec)acc}});
}

TK_KERNEL(head_q6_k_a16_f32__avx512vnni, A16_KERNEL, .reject = head_reject_256,
          .note = "64 codes by VPDPBUSD, once for each byte of the activations");
