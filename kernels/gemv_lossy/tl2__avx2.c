/* Lossy TL2, AVX2: lossy.h says what it computes, gemv/tl2__avx2.c how the signs come. One byte permute looks
 * up 32 rows; bytes widen to 16 bits with their sign by interleaving with themselves and shifting. A sum of 16
 * bits holds 258 entries of 127: more than a tile has. */
#include "gemv_lossy/lossy.h"

#include <immintrin.h>

typedef struct sums {
    __m256i top, bottom; /* rows 0-15, 16-31 */
} sums;

static inline __m256i signed_by(__m256i x, __m256i words) {
    const __m256i m = _mm256_srai_epi16(words, 15);
    return _mm256_xor_si256(_mm256_add_epi16(x, m), m);
}

static inline void look_up(sums *s, __m256i index, const int8_t *table, __m256i *words) {
    const __m256i t = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)table));
    const __m256i x = _mm256_shuffle_epi8(t, index);
    __m256i top = _mm256_srai_epi16(_mm256_unpacklo_epi8(x, x), 8),
            bottom = _mm256_srai_epi16(_mm256_unpackhi_epi8(x, x), 8);
    if (words) {
        top = signed_by(top, *words);
        bottom = signed_by(bottom, _mm256_slli_epi16(*words, 1));
        *words = _mm256_slli_epi16(*words, 2);
    }
    s->top = _mm256_add_epi16(s->top, top);
    s->bottom = _mm256_add_epi16(s->bottom, bottom);
}

static inline void rows(sums *s, const uint8_t *w, const int8_t *table, __m256i *words) {
    const __m256i nibble = _mm256_set1_epi8(15), b = _mm256_loadu_si256((const __m256i *)(const void *)w);
    look_up(s, _mm256_and_si256(_mm256_srli_epi16(b, 4), nibble), table, words);
    look_up(s, _mm256_and_si256(b, nibble), table + TL_ENTRIES, words);
}

static inline void widen(int32_t *to, __m256i s) {
    __m256i *sum = (__m256i *)(void *)to;
    const __m256i low = _mm256_cvtepi16_epi32(_mm256_castsi256_si128(s)),
                  high = _mm256_cvtepi16_epi32(_mm256_extracti128_si256(s, 1));
    _mm256_storeu_si256(sum, _mm256_add_epi32(_mm256_loadu_si256(sum), low));
    _mm256_storeu_si256(sum + 1, _mm256_add_epi32(_mm256_loadu_si256(sum + 1), high));
}

static void block(int32_t sum[TL_ROWS], const tk_args *a, tk_tiling t, size_t number, size_t token) {
    const tk_tl2_parts at = tk_tl2_split(a->shape, t);
    const uint8_t *w = a->w;
    const int8_t *table = (const int8_t *)a->scratch + token * (at.k3 / 3 + at.k2 / 2) * TL_ENTRIES;
    const size_t tile = number * TL_ROWS / t.bm_tile, in = number * TL_ROWS % t.bm_tile / TL_ROWS,
                 blocks = t.bm_tile / TL_ROWS;
    for (size_t kb = 0; kb < at.k3 / t.by_tile; kb++) {
        const size_t blk = (tile * (at.k3 / t.by_tile) + kb) * blocks + in;
        const uint8_t *byte = w + blk * (t.by_tile / 6) * 32,
                      *sign = w + at.signs + blk * (t.by_tile / 24) * 32;
        sums s = {_mm256_setzero_si256(), _mm256_setzero_si256()};
        for (size_t g = 0; g < t.by_tile / 24; g++) {
            __m256i words = _mm256_loadu_si256((const __m256i *)(const void *)(sign + 32 * g));
            gemv_ahead(byte + 128 * g);
            for (size_t j = 0; j < 4; j++, table += 2 * TL_ENTRIES)
                rows(&s, byte + 128 * g + 32 * j, table, &words);
        }
        widen(sum, s.top);
        widen(sum + 16, s.bottom);
    }
    for (size_t kb = 0; kb < at.k2 / 32; kb++) {
        const uint8_t *byte = w + at.pairs + ((tile * (at.k2 / 32) + kb) * blocks + in) * 8 * 32;
        sums s = {_mm256_setzero_si256(), _mm256_setzero_si256()};
        for (size_t j = 0; j < 8; j++, table += 2 * TL_ENTRIES)
            rows(&s, byte + 32 * j, table, NULL);
        widen(sum, s.top);
        widen(sum + 16, s.bottom);
    }
}

static void run(const tk_args *a) {
    lossy_scales(a);
    if (a->shape.m)
        tl_walk(a, tk_tl2_tiling(a->shape), block);
}

TK_KERNEL(gemv_lossy_tl2__avx2, .layout = &tk_layout_tl2, .step = TL_ROWS, .step_k = 32, .reject = lossy_reject,
          .scratch = lossy_scratch, .prepare = lossy_prepare, .run = run,
          .note = "one byte permute for 32 rows");
