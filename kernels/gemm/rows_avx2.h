/* rows_avx2.h: W1.58A8 GEMM for layouts whose rows are contiguous, with 256-bit vectors.
 *
 * A vector is 32 columns of one row or one token; the tile of tile_avx2.h is 2 rows x 6 tokens, with a sum
 * across lanes at the end.
 *
 *   for 32 rows
 *     for COLUMNS columns          decode, one byte a code, into a buffer: 84 KiB, in L2
 *       for a tile of 6 tokens     16 KiB of activations, which stay in L1
 *         for 2 rows               5 KiB of codes: twice TILE_STEPS_16 steps; then added to y
 *
 * Sums across lanes: 8 operations for 4 sums, once a block of columns. A variant defines rows_decode, rows_x
 * and rows_columns before it includes this; codes are in the order of the activations, and a multiple of 32.
 */
#ifndef TK_ROWS_AVX2_H
#define TK_ROWS_AVX2_H

#include "gemm/tile_avx2.h"

#include <string.h>

enum { LANES = 32, BLOCK_ROWS = 32, COLUMNS = 2 * TILE_STEPS_16 * LANES };

/* Columns [at, at + columns) of BLOCK_ROWS rows, and the same columns of a tile of tokens. */
typedef struct rows_block {
    const uint8_t *codes; /* [BLOCK_ROWS][COLUMNS] */
    const int8_t *x;
    size_t stride, columns; /* from token to token; of this block */
    size_t m, rows, n;      /* first row, how many; first token */
    bool first;             /* y is not yet written */
} rows_block;

/* Lanes 0, 1 = the sums of a's rows, 2, 3 = those of b's. */
static inline __m128i across(const __m256i a[TILE_VECTORS], const __m256i b[TILE_VECTORS]) {
    const __m256i all = _mm256_hadd_epi32(_mm256_hadd_epi32(a[0], a[1]), _mm256_hadd_epi32(b[0], b[1]));
    return _mm_add_epi32(_mm256_castsi256_si128(all), _mm256_extracti128_si256(all, 1));
}

/* Adds the sums of `rows` rows to y; a weight is its code - 1. */
static inline void add_to(const tk_args *a, const rows_block *b, size_t row, size_t token,
                          const int32_t sum[TILE_VECTORS]) {
    int32_t *y = (int32_t *)a->y + (b->n + token) * a->shape.m + b->m + row;
    for (size_t r = 0; r < TILE_VECTORS && row + r < b->rows; r++)
        y[r] = (b->first ? -a->sum[b->n + token] : y[r]) + sum[r];
}

/* total += at most TILE_STEPS vectors of two rows. */
__attribute__((always_inline)) static inline void some_columns(tile_sums total, size_t tokens, size_t columns,
                                                               const uint8_t *codes, const int8_t *x,
                                                               size_t stride) {
    tile_sums sum;
    tile_zero(sum, tokens);
    for (const int8_t *end = x + columns; x < end; x += LANES, codes += LANES) {
        const __m256i w0 = _mm256_load_si256((const __m256i *)(const void *)codes);
        const __m256i w1 = _mm256_load_si256((const __m256i *)(const void *)(codes + COLUMNS));
        for (size_t t = 0; t < tokens; t++)
            tile_step(sum[t], w0, w1, _mm256_loadu_si256((const __m256i *)(const void *)(x + t * stride)));
    }
    tile_total(total, sum, tokens);
}

__attribute__((always_inline)) static inline void tile(size_t tokens, const tk_args *a, const rows_block *b,
                                                       size_t row) {
    const size_t columns = TILE_STEPS * LANES;
    tile_sums total;
    tile_zero(total, tokens);
    for (size_t t = 0; t < tokens; t++)
        _mm_prefetch((const char *)((int32_t *)a->y + (b->n + t) * a->shape.m + b->m + row), _MM_HINT_T0);
    for (size_t c = 0; c < b->columns; c += columns)
        some_columns(total, tokens, b->columns - c < columns ? b->columns - c : columns,
                     b->codes + row * COLUMNS + c, b->x + c, b->stride);
#pragma GCC unroll 6
    for (size_t t = 0; t < tokens; t += 2) {
        int32_t four[4];
        _mm_storeu_si128((__m128i *)(void *)four, across(total[t], total[t + 1 < tokens ? t + 1 : t]));
        add_to(a, b, row, t, four);
        if (t + 1 < tokens)
            add_to(a, b, row, t + 1, four + 2);
    }
}

static void tokens_tile(size_t tokens, const tk_args *a, const rows_block *b) {
    for (size_t row = 0; row < b->rows; row += TILE_VECTORS)
        TILE_SWITCH(tokens, tile, a, b, row)
}

/* Where one row is left of a pair, zeros stand in for the other: it is not stored. */
static void run(const tk_args *a) {
    _Alignas(32) uint8_t codes[BLOCK_ROWS * COLUMNS];
    const size_t k = rows_columns(a->shape.k), tokens = a->shape.n;
    const size_t tiles = (tokens + TILE_TOKENS - 1) / TILE_TOKENS;
    for (size_t m = a->begin; m < a->end; m += BLOCK_ROWS)
        for (size_t at = 0; at < k || !at; at += COLUMNS) {
            rows_block b = {.codes = codes, .stride = k, .m = m, .first = !at};
            b.columns = k - at < COLUMNS ? k - at : COLUMNS;
            b.rows = a->end - m < BLOCK_ROWS ? a->end - m : BLOCK_ROWS;
            for (size_t r = 0; r < b.rows; r++)
                rows_decode(codes + r * COLUMNS, a, m + r, at, b.columns);
            if (b.rows % TILE_VECTORS)
                memset(codes + b.rows * COLUMNS, 0, b.columns);
            for (size_t i = 0; i < tiles; i++) {
                const size_t end = tokens * (i + 1) / tiles;
                b.x = rows_x(a) + b.n * k + at;
                tokens_tile(end - b.n, a, &b);
                b.n = end;
            }
        }
}

#endif
