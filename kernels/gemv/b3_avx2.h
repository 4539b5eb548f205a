/* b3_avx2.h: five weights a byte (layouts/b3.c) with 256-bit vectors: a byte permute sees 16 entries only, so
 * the byte x = s + 28u, s = A + 3B + 9C, u = D + 3E, is taken apart in steps.
 *
 *   28u, roughly: a table by the upper nibble gives the 28u of the nibble's lowest byte. x minus that is below
 *   44, and min(v, v - 28) as unsigned bytes subtracts the missing 28 if there is one: s.
 *   x - s = 28u is a multiple of 4, so a 16-bit shift by 2 gives 7u = 0 ... 56 without a mask; its lower
 *   nibble is different for every u, and a byte permute looks at no other bits: tables give D and E.
 *   min(v, v - 9) twice: m = A + 3B; a table of m gives A.
 *
 * 15 operations for the five combinations s, m, A, D, E. Right for the 243 bytes that pack writes. */
#ifndef TK_B3_AVX2_H
#define TK_B3_AVX2_H

#include "gemv/panel_avx2.h"

typedef struct b3_parts {
    __m256i s, m, a, d, e; /* A + 3B + 9C, A + 3B, A, D, E */
} b3_parts;

static inline __m256i b3_less(__m256i v, char step) {
    return _mm256_min_epu8(v, _mm256_sub_epi8(v, _mm256_set1_epi8(step)));
}

/* s of the byte x */
static inline __m256i b3_low(__m256i x) {
    const __m256i base =
        _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 0, 28, 28, 56, 56, 84, 112, 112, (char)140, (char)140,
                                                  (char)168, (char)168, (char)196, (char)224, (char)224));
    const __m256i upper = _mm256_and_si256(_mm256_srli_epi16(x, 4), _mm256_set1_epi8(0x0f));
    return b3_less(_mm256_sub_epi8(x, _mm256_shuffle_epi8(base, upper)), 28);
}

/* All five of x and its s. */
static inline b3_parts b3_split(__m256i x, __m256i s) {
    const __m256i du = /* by the lower nibble of 7u: 0 7 14 5 12 3 10 1 8 */
        _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 0, 2, 0, 0, 0, 1, 2, 0, 0, 0, 1, 0, 2, 0));
    const __m256i eu =
        _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 2, 0, 1, 0, 1, 0, 0, 2, 0, 2, 0, 1, 0, 0, 0));
    const __m256i thirds =
        _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0));
    const __m256i u7 = _mm256_srli_epi16(_mm256_sub_epi8(x, s), 2);
    b3_parts p = {.s = s, .m = b3_less(b3_less(s, 9), 9)};
    p.a = _mm256_shuffle_epi8(thirds, p.m);
    p.d = _mm256_shuffle_epi8(du, u7);
    p.e = _mm256_shuffle_epi8(eu, u7);
    return p;
}

#endif
