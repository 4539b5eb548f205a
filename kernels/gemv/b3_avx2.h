/* b3_avx2.h: five weights a byte (layouts/b3.c) with 256-bit vectors: a byte permute sees 16 entries only, so
 * the byte x = s + 28u, s = A + 3B + 9C, u = D + 3E, is taken apart in steps.
 *
 *   28u, roughly: a table by the upper nibble gives the 28u of the nibble's lowest byte. x minus that is below
 *   44, and min(v, v - 28) as unsigned bytes subtracts the missing 28 if there is one: s.
 *   x - s = 28u; its upper nibble is different for every u: a table gives D + 4E.
 *   min(v, v - 9) twice: m = A + 3B; a table of m gives A.
 *
 * 16 operations for the five combinations s, m, A, D + 4E and, with one AND, D. Right for the 243 bytes that
 * pack writes. */
#ifndef TK_B3_AVX2_H
#define TK_B3_AVX2_H

#include "gemv/panel_avx2.h"

typedef struct b3_parts {
    __m256i s, m, a, de; /* A + 3B + 9C, A + 3B, A, D + 4E */
} b3_parts;

static inline __m256i b3_less(__m256i v, char step) {
    return _mm256_min_epu8(v, _mm256_sub_epi8(v, _mm256_set1_epi8(step)));
}

static inline b3_parts b3_decode(__m256i x) {
    const __m256i base =
        _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 0, 28, 28, 56, 56, 84, 112, 112, (char)140, (char)140,
                                                  (char)168, (char)168, (char)196, (char)224, (char)224));
    const __m256i pairs =
        _mm256_broadcastsi128_si256(/* by the upper nibble of 28u: 0 1 3 5 7 8 10 12 14 15 */
                                    _mm_setr_epi8(0, 1, 0, 2, 0, 4, 0, 5, 6, 0, 8, 0, 9, 0, 10, 12));
    const __m256i thirds =
        _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0));
    const __m256i nibble = _mm256_set1_epi8(0x0f);
    __m256i upper = _mm256_and_si256(_mm256_srli_epi16(x, 4), nibble);
    b3_parts p;
    p.s = b3_less(_mm256_sub_epi8(x, _mm256_shuffle_epi8(base, upper)), 28);
    upper = _mm256_and_si256(_mm256_srli_epi16(_mm256_sub_epi8(x, p.s), 4), nibble);
    p.de = _mm256_shuffle_epi8(pairs, upper);
    p.m = b3_less(b3_less(p.s, 9), 9);
    p.a = _mm256_shuffle_epi8(thirds, p.m);
    return p;
}

#endif
