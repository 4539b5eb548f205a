/* I2_S x int8 for a few tokens with VPMADDUBSW: a group of one row, decoded in registers, serves up to 8
 * tokens; nothing is written to a buffer, which takes many tokens to pay.
 *
 *   32 bytes of a row = a group: four vectors of plain codes     7 operations
 *     for each token: 4 VPMADDUBSW, 4 additions to one sum       8, and 0.2 to widen every 10 groups
 *
 * |pair| <= 2 * 3 * 128 = 768, four of them a group: int16 sums hold 10 groups for every input (TILE_STEPS_16
 * pairs). Registers: 4 codes, 8 sums, 1 for products. Bound: 24 operations for 256 products of two tokens, 73
 * for 1024 of eight, on three vector ports. Rows of 4 are added up across lanes together. Lost: codes left
 * times 4 in two of four vectors, as in gemv/i2s__avx2.c: two operations fewer, but two sums a token, widened
 * every 5 groups, so 4 tokens at once: 4 tokens 3 % slower, 8 tokens 9 %, 2 tokens 7 % faster. 8 tokens of
 * longer rows by blocks of columns: slower up to 8 tokens, no faster beyond. */
#include "gemm/tile_avx2.h"
#include "gemv/gemv_tmpl.h"

enum {
    BLOCK = TILE_STEPS_16 / 4,
    FEW = 8,
    SOME_ROWS = 64,
    LONG = 3072 /* columns, of which 8 tokens do not fit the L1 */
};

/* A group of one row; x of the token t at x + t * k. */
__attribute__((always_inline)) static inline void group(size_t tokens, __m256i sum[FEW], const uint8_t *w,
                                                        const int8_t *x, size_t k) {
    const __m256i mask = _mm256_set1_epi8(3), c = _mm256_loadu_si256((const __m256i *)(const void *)w);
    const __m256i c0 = _mm256_and_si256(_mm256_srli_epi16(c, 6), mask);
    const __m256i c1 = _mm256_and_si256(_mm256_srli_epi16(c, 4), mask);
    const __m256i c2 = _mm256_and_si256(_mm256_srli_epi16(c, 2), mask), c3 = _mm256_and_si256(c, mask);
    gemv_ahead(w);
    for (size_t t = 0; t < tokens; t++) {
        const __m256i *q = (const __m256i *)(const void *)(x + t * k);
        tile_add(&sum[t], c0, _mm256_loadu_si256(q));
        tile_add(&sum[t], c1, _mm256_loadu_si256(q + 1));
        tile_add(&sum[t], c2, _mm256_loadu_si256(q + 2));
        tile_add(&sum[t], c3, _mm256_loadu_si256(q + 3));
    }
}

/* sum[t]: a row times each token, lanes not yet added. */
__attribute__((always_inline)) static inline void row_sums(size_t tokens, __m256i sum[FEW], const uint8_t *w,
                                                           const int8_t *x, size_t k) {
    for (size_t t = 0; t < tokens; t++)
        sum[t] = _mm256_setzero_si256();
    for (size_t left = k / GEMV_GROUP; left;) {
        const size_t n = left < BLOCK ? left : BLOCK;
        __m256i some[FEW];
#pragma GCC unroll 8 /* an index would put the sums into memory */
        for (size_t t = 0; t < tokens; t++)
            some[t] = _mm256_setzero_si256();
        for (size_t i = 0; i < n; i++, w += GEMV_BYTES, x += GEMV_GROUP)
            group(tokens, some, w, x, k);
#pragma GCC unroll 8
        for (size_t t = 0; t < tokens; t++)
            sum[t] = _mm256_add_epi32(sum[t], tile_widened(some[t]));
        left -= n;
    }
}

/* Rows m .. m + rows - 1, the last again where there are no four; tokens n .. n + tokens - 1. */
__attribute__((always_inline)) static inline void four_rows(size_t tokens, const tk_args *a, size_t m,
                                                            size_t rows, size_t n) {
    const size_t k = a->shape.k;
    __m256i s[GEMV_ROWS][FEW];
    for (size_t r = 0; r < GEMV_ROWS; r++)
        row_sums(tokens, s[r], (const uint8_t *)a->w + (m + (r < rows ? r : rows - 1)) * (k / 4),
                 (const int8_t *)a->x + n * k, k);
    for (size_t t = 0; t < tokens; t++) {
        const __m256i all =
            _mm256_hadd_epi32(_mm256_hadd_epi32(s[0][t], s[1][t]), _mm256_hadd_epi32(s[2][t], s[3][t]));
        int32_t out[GEMV_ROWS], *y = (int32_t *)a->y + (n + t) * a->shape.m + m;
        _mm_storeu_si128((__m128i *)(void *)out,
                         _mm_add_epi32(_mm256_castsi256_si128(all), _mm256_extracti128_si256(all, 1)));
        for (size_t r = 0; r < rows; r++)
            y[r] = out[r] - a->sum[n + t];
    }
}

static void some_tokens(size_t tokens, const tk_args *a, size_t m, size_t rows, size_t n) {
    switch (tokens) {
        TILE_CASES_5(four_rows, a, m, rows, n);
    case 6:
        four_rows(6, a, m, rows, n);
        break;
    case 7:
        four_rows(7, a, m, rows, n);
        break;
    default:
        four_rows(FEW, a, m, rows, n);
    }
}

/* Rows that stay in the L2 go through all tokens, and a tile of tokens stays in the L1 for all of them. */
static void run(const tk_args *a) {
    const size_t tokens = a->shape.n, most = a->shape.k > LONG ? FEW / 2 : FEW,
                 tiles = (tokens + most - 1) / most;
    for (size_t from = a->begin, to; from < a->end; from = to) {
        to = a->end - from < SOME_ROWS ? a->end : from + SOME_ROWS;
        for (size_t i = 0; i < tiles; i++) {
            const size_t n = tokens * i / tiles, end = tokens * (i + 1) / tiles;
            for (size_t m = from; m < to; m += GEMV_ROWS)
                some_tokens(end - n, a, m, to - m < GEMV_ROWS ? to - m : GEMV_ROWS, n);
        }
    }
}

TK_KERNEL(gemm_i2s__avx2_few, .layout = &tk_layout_i2s, .step = GEMV_ROWS, .step_k = GEMV_GROUP,
          .reject = gemv_reject, .run = run, .note = "codes in registers for up to 8 tokens");
