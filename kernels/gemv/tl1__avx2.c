/* TL1 x int8, AVX2: tables of 16-bit sums as two tables of bytes, which one byte permute each looks up.
 *
 *   32 bytes = 16 rows x (pairs 0, 1 | pairs 2, 3): the upper nibbles meet the tables of pair 0 in the lower
 * lane and of pair 2 in the upper one, the lower nibbles those of pairs 1 and 3; low and high bytes interleave
 * to 16 bits
 *
 * so a table is a vector and both lanes work. Sums of 16 bits hold 31 blocks of 8 columns (4 x 256 each); then
 * they widen. Bound: 4 permutes and 4 interleaves for 128 weights, on the two ports that shuffle: 32 weights a
 * cycle. Blocks of 64 rows (bm = 64, four presets) have their pairs side by side elsewhere: refused here,
 * generic has them. */
#include "gemv/tl.h"

#include <immintrin.h>

enum { COLUMNS = 8, BYTES = 64, TABLES = 128, SAFE = 31 };

static const char *reject(tk_shape s) {
    return s.m && s.k && tk_tl1_tiling(s).bm != TL_ROWS ? "blocks of 64 rows" : gemv_reject(s);
}

static size_t scratch(tk_shape s) {
    return s.n * (s.k / COLUMNS) * TABLES;
}

/* For 8 columns: low bytes of pairs 0 | 2, high bytes, low bytes of pairs 1 | 3, high bytes. */
static void prepare(const tk_args *a) {
    size_t from, to;
    gemv_share(a, a->shape.n * (a->shape.k / COLUMNS), &from, &to);
    for (size_t i = from; i < to; i++)
        for (size_t p = 0; p < 4; p++) {
            int16_t sum[TL_ENTRIES];
            uint8_t *low = (uint8_t *)a->scratch + i * TABLES + p % 2 * 64 + p / 2 * 16;
            tl_pair_sums(sum, (const int8_t *)a->x + i * COLUMNS + 2 * p);
            for (size_t j = 0; j < TL_ENTRIES; j++) {
                low[j] = (uint8_t)sum[j];
                low[32 + j] = (uint8_t)((uint16_t)sum[j] >> 8);
            }
        }
}

typedef struct sums { /* rows 0-7 and 8-15 of a half block; lanes hold pairs 0, 1 and pairs 2, 3 */
    __m256i first, second;
} sums;

static inline void look_up(sums *s, __m256i index, __m256i low, __m256i high) {
    const __m256i l = _mm256_shuffle_epi8(low, index), h = _mm256_shuffle_epi8(high, index);
    s->first = _mm256_add_epi16(s->first, _mm256_unpacklo_epi8(l, h));
    s->second = _mm256_add_epi16(s->second, _mm256_unpackhi_epi8(l, h));
}

static inline void rows16(sums *s, const uint8_t *w, const __m256i table[4]) {
    const __m256i nibble = _mm256_set1_epi8(15), b = _mm256_loadu_si256((const __m256i *)(const void *)w);
    look_up(s, _mm256_and_si256(_mm256_srli_epi16(b, 4), nibble), table[0], table[1]);
    look_up(s, _mm256_and_si256(b, nibble), table[2], table[3]);
}

static inline void widen(int32_t *to, __m256i s) {
    const __m256i low = _mm256_cvtepi16_epi32(_mm256_castsi256_si128(s)),
                  high = _mm256_cvtepi16_epi32(_mm256_extracti128_si256(s, 1));
    __m256i *sum = (__m256i *)(void *)to;
    _mm256_storeu_si256(sum, _mm256_add_epi32(_mm256_loadu_si256(sum), _mm256_add_epi32(low, high)));
}

static void block(int32_t sum[TL_ROWS], const tk_args *a, tk_tiling t, size_t number, size_t token) {
    const size_t tile = number * TL_ROWS / t.bm_tile, in = number * TL_ROWS % t.bm_tile / TL_ROWS,
                 blocks = t.bm_tile / TL_ROWS;
    const uint8_t *table = (const uint8_t *)a->scratch + token * (a->shape.k / COLUMNS) * TABLES;
    const size_t steps = t.by_tile / COLUMNS, tiles = a->shape.k / t.by_tile;
    for (size_t kb = 0; kb < tiles; kb++) {
        const uint8_t *w = (const uint8_t *)a->w + ((tile * tiles + kb) * blocks + in) * steps * BYTES;
        for (size_t from = 0; from < steps; from += SAFE) {
            sums top = {_mm256_setzero_si256(), _mm256_setzero_si256()}, bottom = top;
            const size_t end = steps - from < SAFE ? steps : from + SAFE;
            for (size_t i = from; i < end; i++, table += TABLES) {
                const __m256i *v = (const __m256i *)(const void *)table;
                const __m256i tables[4] = {_mm256_loadu_si256(v), _mm256_loadu_si256(v + 1),
                                           _mm256_loadu_si256(v + 2), _mm256_loadu_si256(v + 3)};
                gemv_ahead(w + i * BYTES);
                rows16(&top, w + i * BYTES, tables);
                rows16(&bottom, w + i * BYTES + 32, tables);
            }
            widen(sum, top.first);
            widen(sum + 8, top.second);
            widen(sum + 16, bottom.first);
            widen(sum + 24, bottom.second);
        }
    }
}

static void run(const tk_args *a) {
    if (a->shape.m)
        tl_walk(a, tk_tl1_tiling(a->shape), block);
}

TK_KERNEL(gemv_tl1__avx2, .layout = &tk_layout_tl1, .step = TL_ROWS, .step_k = COLUMNS, .reject = reject,
          .scratch = scratch, .prepare = prepare, .run = run, .note = "16-bit sums from two byte permutes");
