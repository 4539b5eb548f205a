/* trits_avx2.h: trits.h with VPMADDUBSW: digit t = (v >= 86) + (v >= 171), by two unsigned comparisons (a
 * maximum and an equality each), v = 3 v mod 256 for the next. A remainder itself cannot be multiplied: a pair
 * of products reaches 65,280 and VPMADDUBSW saturates at 32,767.
 *
 * The comparisons give -1 for true, so what is multiplied is 2 - t' = the negated count: 0 - (c1 + c2).
 * int16 sums hold a unit: 10 products of pairs of at most 2 * 2 * 128. Bound: 10 operations for 32 digits, of
 * which one in five is empty: 7.7 weights a cycle on three vector ports. */
#ifndef TK_TRITS_AVX2_H
#define TK_TRITS_AVX2_H

#include "gemv/trits.h"

#include <immintrin.h>

static inline __m256i at_least(__m256i v, char step) {
    return _mm256_cmpeq_epi8(_mm256_max_epu8(v, _mm256_set1_epi8(step)), v);
}

/* Half a unit's vector: 32 bytes, five digits each. */
static inline __m256i half_unit(__m256i v, const int8_t *q) {
    __m256i sum = _mm256_setzero_si256();
    for (size_t n = 0; n < DIGITS; n++, q += UNIT_LANES) {
        __m256i minus = _mm256_add_epi8(at_least(v, 86), at_least(v, (char)171));
        __m256i t = _mm256_sub_epi8(_mm256_setzero_si256(), minus);
        sum =
            _mm256_add_epi16(sum, _mm256_maddubs_epi16(t, _mm256_load_si256((const __m256i *)(const void *)q)));
        v = _mm256_add_epi8(v, _mm256_add_epi8(v, v));
    }
    return sum;
}

/* Bytes 32 and on of a unit. The last ones by a load of 4 or 8 bytes: nothing beyond the unit is read. */
static inline __m256i upper_half(const uint8_t *unit) {
    int64_t last = 0;
    memcpy(&last, unit + 48, UNIT_BYTES < 56 ? 4 : 8);
    return _mm256_set_m128i(_mm_cvtsi64_si128(last),
                            _mm_loadu_si128((const __m128i *)(const void *)(unit + 32)));
}

static inline __m256i whole_unit(__m256i lower, __m256i upper, const int8_t *q) {
    return _mm256_madd_epi16(_mm256_add_epi16(half_unit(lower, q), half_unit(upper, q + 32)),
                             _mm256_set1_epi16(1));
}

/* The last unit of a row when it is short. */
__attribute__((noinline)) static __m256i short_unit(const uint8_t *w, size_t codes, const int8_t *q) {
    uint8_t unit[UNIT_LANES] = {0};
    memcpy(unit, w, codes);
    return whole_unit(_mm256_loadu_si256((const __m256i *)(const void *)unit),
                      _mm256_loadu_si256((const __m256i *)(const void *)(unit + 32)), q);
}

static inline int32_t one_row(const uint8_t *w, const int8_t *q, size_t k) {
    const size_t whole = k / UNIT_COLUMNS;
    __m256i sum = _mm256_setzero_si256();
    for (size_t u = 0; u < whole; u++, w += UNIT_BYTES, q += UNIT) {
        gemv_ahead(w);
        sum = _mm256_add_epi32(
            sum, whole_unit(_mm256_loadu_si256((const __m256i *)(const void *)w), upper_half(w), q));
    }
    if (whole < units_of(k))
        sum = _mm256_add_epi32(sum, short_unit(w, unit_codes(k, whole), q));
    __m128i s = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
    s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0x4e));
    return _mm_cvtsi128_si32(_mm_add_epi32(s, _mm_shuffle_epi32(s, 0xb1)));
}

static void run(const tk_args *a) {
    const size_t k = a->shape.k;
    for (size_t m = a->begin; m < a->end; m++)
        for (size_t n = 0; n < a->shape.n; n++)
            ((int32_t *)a->y)[n * a->shape.m + m] =
                one_row(unit_at(a, m, 0), (const int8_t *)a->scratch + n * token_bytes(k), k) - a->sum[n];
}

#define TRITS_AVX2                                                                                             \
    .layout = &LAYOUT, .step = 1, .step_k = BLOCK_COLUMNS, .reject = gemv_reject, .scratch = trits_scratch,    \
    .prepare = trits_prepare, .run = run, .note = "digits by two comparisons"

#endif
