/* TQ1_0 x int8 with VPMADDUBSW: digit t = (v >= 86) + (v >= 171), by two unsigned comparisons (a maximum and an
 * equality each), v = 3 v mod 256 for the next. A remainder itself cannot be multiplied: a pair of products
 * reaches 65,280 and VPMADDUBSW saturates at 32,767.
 *
 * The comparisons give -1 for true, so what is multiplied is 2 - t' = the negated count: 0 - (c1 + c2).
 * int16 sums hold a block: 10 products of pairs of at most 2 * 2 * 128. Bound: 10 operations for 32 digits, of
 * which one in five is empty: 7.7 weights a cycle on three vector ports. */
#include "layouts/tq1_0.h"

#include <immintrin.h>

static inline __m256i at_least(__m256i v, char step) {
    return _mm256_cmpeq_epi8(_mm256_max_epu8(v, _mm256_set1_epi8(step)), v);
}

/* Half a block's vector: 32 bytes, five digits each. */
static inline __m256i half_block(__m256i v, const int8_t *q) {
    __m256i sum = _mm256_setzero_si256();
    for (size_t n = 0; n < TQ1_DIGITS; n++, q += TQ1_LANES) {
        __m256i minus = _mm256_add_epi8(at_least(v, 86), at_least(v, (char)171));
        __m256i t = _mm256_sub_epi8(_mm256_setzero_si256(), minus);
        sum =
            _mm256_add_epi16(sum, _mm256_maddubs_epi16(t, _mm256_load_si256((const __m256i *)(const void *)q)));
        v = _mm256_add_epi8(v, _mm256_add_epi8(v, v));
    }
    return sum;
}

/* Bytes 32..51 of a block. Four of them by their own load: nothing beyond the block is read. */
static inline __m256i upper_half(const uint8_t *block) {
    int32_t last;
    memcpy(&last, block + 48, 4);
    return _mm256_set_m128i(_mm_cvtsi32_si128(last),
                            _mm_loadu_si128((const __m128i *)(const void *)(block + 32)));
}

static inline int32_t one_row(const uint8_t *w, const int8_t *q, size_t blocks) {
    const __m256i ones = _mm256_set1_epi16(1);
    __m256i sum = _mm256_setzero_si256();
    for (size_t b = 0; b < blocks; b++, w += TQ1_BYTES, q += TQ1_DIGITS * TQ1_LANES) {
        gemv_ahead(w);
        __m256i low = half_block(_mm256_loadu_si256((const __m256i *)(const void *)w), q);
        __m256i high = half_block(upper_half(w), q + 32);
        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_add_epi16(low, high), ones));
    }
    __m128i s = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
    s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0x4e));
    return _mm_cvtsi128_si32(_mm_add_epi32(s, _mm_shuffle_epi32(s, 0xb1)));
}

static void run(const tk_args *a) {
    const size_t k = a->shape.k, blocks = tq1_blocks(k);
    for (size_t m = a->begin; m < a->end; m++)
        for (size_t n = 0; n < a->shape.n; n++)
            ((int32_t *)a->y)[n * a->shape.m + m] =
                one_row((const uint8_t *)a->w + m * blocks * TQ1_BYTES,
                        (const int8_t *)a->scratch + n * tq1_token(k), blocks) -
                a->sum[n];
}

TK_KERNEL(gemv_tq1_0__avx2, .layout = &tk_layout_tq1_0, .step = 1, .step_k = TQ1_COLUMNS, .reject = gemv_reject,
          .scratch = tq1_scratch, .prepare = tq1_prepare, .run = run, .note = "digits by two comparisons");
