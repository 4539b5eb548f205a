/* I2_S x int8 with VPMADDUBSW: unsigned codes x signed q, pairs added to int16.
 *
 *   32 bytes of a row = a group:        & 0x03 meets q[96..127]      & 0x0c (code * 4) meets q[64..95]
 *   the same shifted right by 4:        & 0x03 meets q[32..63]       & 0x0c (code * 4) meets q[0..31]
 *
 * Codes stay scaled by 4 in two of the four, which saves two of three shifts; plain and scaled products have an
 * int16 accumulator each. VPMADDUBSW cannot saturate: |pair| <= 2 * 12 * 128 = 3072. Two of them a group, so
 * the scaled accumulator holds 5 groups for every input (code 3 and q = -128 included): 5 * 6144 = 30720. Then
 * both are widened to int32. The rows of the field's kernels that widen every 32 groups wrap at 2048 columns.
 *
 * Bound: 13 operations and 5 loads per 128 columns, about 30 columns a cycle on three vector ports. One row at
 * a time: one sequential stream, and activations come as memory operands from the nearest cache. Taken out of
 * order inside a panel, rows come from memory at 12 GB/s instead of 19 (one thread of a Zen 3). Two rows at a
 * time, and 64 bytes a turn, were no faster. */
#include "gemv/gemv_tmpl.h"

#include <immintrin.h>

enum { BLOCK = 5 };

static inline __m256i row_sums(const uint8_t *w, const int8_t *x, size_t groups) {
    const __m256i low = _mm256_set1_epi8(0x03), high = _mm256_set1_epi8(0x0c), ones = _mm256_set1_epi16(1);
    const __m256i *q = (const __m256i *)x;
    __m256i sum = _mm256_setzero_si256(), sum4 = sum;
    while (groups) {
        size_t n = groups < BLOCK ? groups : BLOCK;
        groups -= n;
        __m256i at1 = _mm256_setzero_si256(), at4 = at1;
        for (; n; n--, w += GEMV_BYTES, q += 4) {
            gemv_ahead(w);
            __m256i even = _mm256_loadu_si256((const __m256i *)w), odd = _mm256_srli_epi16(even, 4);
            __m256i c0 = _mm256_and_si256(odd, high), c1 = _mm256_and_si256(odd, low);
            __m256i c2 = _mm256_and_si256(even, high), c3 = _mm256_and_si256(even, low);
            at4 = _mm256_add_epi16(at4, _mm256_maddubs_epi16(c0, _mm256_loadu_si256(q)));
            at1 = _mm256_add_epi16(at1, _mm256_maddubs_epi16(c1, _mm256_loadu_si256(q + 1)));
            at4 = _mm256_add_epi16(at4, _mm256_maddubs_epi16(c2, _mm256_loadu_si256(q + 2)));
            at1 = _mm256_add_epi16(at1, _mm256_maddubs_epi16(c3, _mm256_loadu_si256(q + 3)));
        }
        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(at1, ones));
        sum4 = _mm256_add_epi32(sum4, _mm256_madd_epi16(at4, ones));
    }
    return _mm256_add_epi32(sum, _mm256_srai_epi32(sum4, 2));
}

/* Rows in their order: as arguments of one call GCC takes them 1, 0, 3, 2, no stream for a prefetcher. */
static inline void panel(int32_t *out, const uint8_t *const *row, const void *x, size_t groups) {
    __m256i s[GEMV_ROWS];
    for (size_t r = 0; r < GEMV_ROWS; r++)
        s[r] = row_sums(row[r], x, groups);
    __m256i all = _mm256_hadd_epi32(_mm256_hadd_epi32(s[0], s[1]), _mm256_hadd_epi32(s[2], s[3]));
    __m128i sum = _mm_add_epi32(_mm256_castsi256_si128(all), _mm256_extracti128_si256(all, 1));
    _mm_storeu_si128((__m128i *)out, sum);
}

static void run(const tk_args *a) {
    gemv_walk(a, a->x, a->shape.k, panel);
}

TK_KERNEL(gemv_i2s__avx2, .layout = &tk_layout_i2s, .step = GEMV_ROWS, .step_k = GEMV_GROUP,
          .reject = gemv_reject, .run = run, .note = "VPMADDUBSW, widened to int32 every 5 groups");
