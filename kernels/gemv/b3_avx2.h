/* b3_avx2.h: five weights a byte (layouts/b3.c) with 256-bit vectors. A byte permute sees 16 entries only and
 * gives 0 where bit 7 of its index is set; the byte x = s + 28u, s = A + 3B + 9C, u = D + 3E, is taken apart in
 * steps, 12 operations for five independent combinations:
 *
 *   part          | is                     | comes from
 *   rest          | 27 - s                 | base by the upper nibble - x, + 28 where that is negative
 *   pair          | 14 (u + 1)             | mean of x and rest
 *   D less E      | D - E + 2              | table by the lower nibble of pair
 *   A, B          | A, B                   | tables by class, below
 *
 * base is 27 more than the 28u of the nibble's lowest byte; min(v, v + 28) as unsigned bytes is the correction.
 *
 * pair's lower nibble tells every u but 0 from 8, for which D - E is the same.
 *
 * class is the mean of rest and a table by rest's lower nibble. A and B depend on rest mod 9. In the mean, rest
 * and rest + 16 come 8 apart, at nibbles that the table chooses freely. They are 9 different twos of remainders
 * (r, r + 7); 8 of them fill the 16 nibbles. Of the last two, (2, 0), the first shares a nibble with another 2,
 * and the second, A = B = 0, gets bit 7.
 *
 * b3_sums solves for the sums of A to E. Right for the 243 bytes that pack writes. */
#ifndef TK_B3_AVX2_H
#define TK_B3_AVX2_H

#include "gemv/panel_avx2.h"

enum { B3_REST, B3_PAIR, B3_D_LESS_E, B3_A, B3_B, B3_PARTS, B3_FIELDS = 5 };

/* The 16 bytes in both halves of a vector. */
#define B3_TABLE(...) _mm256_broadcastsi128_si256(_mm_setr_epi8(__VA_ARGS__))

static inline __m256i b3_rest(__m256i x) {
    const __m256i base = B3_TABLE(27, 27, 55, 55, 83, 83, 111, (char)139, (char)139, (char)167, (char)167,
                                  (char)195, (char)195, (char)223, (char)251, (char)251);
    const __m256i upper = _mm256_and_si256(_mm256_srli_epi16(x, 4), _mm256_set1_epi8(0x0f));
    const __m256i v = _mm256_sub_epi8(_mm256_shuffle_epi8(base, upper), x);
    return _mm256_min_epu8(v, _mm256_add_epi8(v, _mm256_set1_epi8(28)));
}

/* Index of the tables of A and B. */
static inline __m256i b3_class(__m256i rest) {
    const __m256i apart =
        B3_TABLE(32, 33, (char)244, 33, 34, 35, 36, 37, 38, 23, 24, (char)235, 24, 25, 26, 27);
    return _mm256_avg_epu8(rest, _mm256_shuffle_epi8(apart, rest));
}

static inline __m256i b3_a(__m256i class) {
    return _mm256_shuffle_epi8(B3_TABLE(0, 2, 0, 2, 1, 0, 2, 1, 2, 1, 2, 1, 0, 2, 1, 0), class);
}

static inline __m256i b3_b(__m256i class) {
    return _mm256_shuffle_epi8(B3_TABLE(0, 2, 2, 1, 1, 1, 0, 0, 0, 0, 2, 2, 2, 1, 1, 1), class);
}

/* All five of x, whose rest is given. */
static inline void b3_split(__m256i part[B3_PARTS], __m256i x, __m256i rest) {
    const __m256i less = B3_TABLE(1, 0, 0, 0, 3, 0, 2, 0, 1, 0, 4, 0, 3, 0, 2, 0), class = b3_class(rest);
    part[B3_REST] = rest;
    part[B3_PAIR] = _mm256_avg_epu8(x, rest);
    part[B3_D_LESS_E] = _mm256_shuffle_epi8(less, part[B3_PAIR]);
    part[B3_A] = b3_a(class);
    part[B3_B] = b3_b(class);
}

/* From sums of parts times q, that of pair as twice the sum of (u + 1) q, to those of A - 1 ... E - 1 times q;
 * q_sum is that of q alone. Modulo 2^32; 9 is divided by through its inverse, and 8 (E - 1) fits 31 bits up to
 * K = 2^20. */
static inline void b3_sums(__m256i out[B3_FIELDS], const __m256i part[B3_PARTS], int32_t q_sum) {
    const __m256i q = _mm256_set1_epi32(q_sum), ninth = _mm256_set1_epi32(0x38e38e39);
    const __m256i b3 = _mm256_add_epi32(part[B3_B], _mm256_slli_epi32(part[B3_B], 1));
    const __m256i c9 = _mm256_sub_epi32(_mm256_mullo_epi32(q, _mm256_set1_epi32(18)),
                                        _mm256_add_epi32(_mm256_add_epi32(part[B3_REST], part[B3_A]), b3));
    const __m256i less = _mm256_sub_epi32(part[B3_D_LESS_E], _mm256_slli_epi32(q, 1));
    const __m256i e8 =
        _mm256_sub_epi32(_mm256_sub_epi32(part[B3_PAIR], _mm256_mullo_epi32(q, _mm256_set1_epi32(10))),
                         _mm256_slli_epi32(less, 1));
    out[0] = _mm256_sub_epi32(part[B3_A], q);
    out[1] = _mm256_sub_epi32(part[B3_B], q);
    out[2] = _mm256_mullo_epi32(c9, ninth);
    out[4] = _mm256_srai_epi32(e8, 3);
    out[3] = _mm256_add_epi32(less, out[4]);
}

/* The sums of 8 rows of every field of a panel, from `row` on: to y, those in [begin, end). */
static inline void b3_store(const tk_args *a, size_t row, size_t n, const __m256i part[B3_PARTS]) {
    __m256i sum[B3_FIELDS];
    b3_sums(sum, part, a->sum[n]);
    for (size_t f = 0; f < B3_FIELDS; f++)
        panel_store8((int32_t *)a->y + n * a->shape.m, row + f * PANEL_LANES, a->begin, a->end, sum[f]);
}

#endif
