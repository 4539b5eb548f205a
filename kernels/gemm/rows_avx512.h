/* rows_avx512.h: W1.58A8 GEMM for layouts whose rows are contiguous, with 512-bit VPDPBUSD.
 *
 * A vector is 64 columns of one row or one token: the tile in registers is 4 rows x 6 tokens = 24 vectors of
 * sums, 10 loads for 24 VPDPBUSD, and one sum across lanes at the end of a row.
 *
 *   for 4 rows                   decode all columns once, one byte a code, into a buffer
 *     for COLUMNS columns        4 rows x 4096 codes = 16 KiB
 *       for a tile of 6 tokens   tokens x 4096 activations = 24 KiB
 *
 * Decoding costs a vector operation or two for 64 weights, so 5 % at 32 tokens and next to none at 128. Sums
 * across lanes: 24 vectors every 4096 columns. Bound: the VPDPBUSD roof. A variant defines rows_columns (that a
 * row decodes to, a multiple of 64), rows_decode and rows_x (activations in the order of its codes) before it
 * includes this. */
#ifndef TK_ROWS_AVX512_H
#define TK_ROWS_AVX512_H

#include "gemv/panel_avx512.h"

enum { TILE_ROWS = 4, TOKENS = 6, COLUMNS = 4096, LANES = 64 };

/* Columns [at, at + columns) of TILE_ROWS rows, and the same columns of a tile of tokens. */
typedef struct rows_block {
    const uint8_t *codes; /* [TILE_ROWS][COLUMNS] */
    const int8_t *x;
    size_t stride, columns; /* from token to token; of this block */
} rows_block;

__attribute__((always_inline)) static inline void multiply(__m512i sum[][TILE_ROWS], const rows_block *b,
                                                           size_t tokens) {
    for (size_t t = 0; t < tokens; t++)
        for (size_t r = 0; r < TILE_ROWS; r++)
            sum[t][r] = _mm512_setzero_si512();
    for (size_t c = 0; c < b->columns; c += LANES) {
        __m512i w[TILE_ROWS];
        for (size_t r = 0; r < TILE_ROWS; r++)
            w[r] = _mm512_load_si512(b->codes + r * COLUMNS + c);
        for (size_t t = 0; t < tokens; t++) {
            const __m512i q = _mm512_loadu_si512(b->x + t * b->stride + c);
            for (size_t r = 0; r < TILE_ROWS; r++)
                sum[t][r] = panel_dot(sum[t][r], w[r], q);
        }
    }
}

/* Lane r of the result = sum of the 16 lanes of s[r]. */
static inline __m128i across(const __m512i s[TILE_ROWS]) {
    __m512i ab = _mm512_add_epi32(_mm512_unpacklo_epi32(s[0], s[1]), _mm512_unpackhi_epi32(s[0], s[1]));
    __m512i cd = _mm512_add_epi32(_mm512_unpacklo_epi32(s[2], s[3]), _mm512_unpackhi_epi32(s[2], s[3]));
    __m512i all = _mm512_add_epi32(_mm512_unpacklo_epi64(ab, cd), _mm512_unpackhi_epi64(ab, cd));
    __m256i half = _mm256_add_epi32(_mm512_castsi512_si256(all), _mm512_extracti64x4_epi64(all, 1));
    return _mm_add_epi32(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
}

/* A tile's sums to y; a weight is its code - 1. Of the rows only `rows` are stored. */
__attribute__((always_inline)) static inline void tile(const tk_args *a, const rows_block *b, size_t m,
                                                       size_t rows, size_t n, size_t tokens, bool first) {
    __m512i sum[TOKENS][TILE_ROWS];
    multiply(sum, b, tokens);
    const __mmask8 mask = (__mmask8)((1u << rows) - 1);
    for (size_t t = 0; t < tokens; t++) {
        int32_t *y = (int32_t *)a->y + (n + t) * a->shape.m + m;
        __m128i before = first ? _mm_set1_epi32(-a->sum[n + t]) : _mm_maskz_loadu_epi32(mask, y);
        _mm_mask_storeu_epi32(y, mask, _mm_add_epi32(before, across(sum[t])));
    }
}

static void any_tile(const tk_args *a, const rows_block *b, size_t m, size_t rows, size_t n, size_t tokens,
                     bool first) {
    switch (tokens) { /* a loop for every number: the sums have to be named registers */
    case 1:
        tile(a, b, m, rows, n, 1, first);
        break;
    case 2:
        tile(a, b, m, rows, n, 2, first);
        break;
    case 3:
        tile(a, b, m, rows, n, 3, first);
        break;
    case 4:
        tile(a, b, m, rows, n, 4, first);
        break;
    case 5:
        tile(a, b, m, rows, n, 5, first);
        break;
    default:
        tile(a, b, m, rows, n, TOKENS, first);
    }
}

/* Where fewer than four rows are left the last one stands in for the missing ones. */
static void run(const tk_args *a) {
    _Alignas(64) uint8_t codes[TILE_ROWS * COLUMNS];
    const size_t k = rows_columns(a->shape.k), tokens = a->shape.n, tiles = (tokens + TOKENS - 1) / TOKENS;
    for (size_t m = a->begin; m < a->end; m += TILE_ROWS) {
        const size_t rows = a->end - m < TILE_ROWS ? a->end - m : TILE_ROWS;
        for (size_t at = 0; at < k || !at; at += COLUMNS) {
            rows_block b = {.codes = codes, .stride = k, .columns = k - at < COLUMNS ? k - at : COLUMNS};
            for (size_t r = 0; r < TILE_ROWS; r++)
                rows_decode(codes + r * COLUMNS, a, m + (r < rows ? r : rows - 1), at, b.columns);
            for (size_t i = 0, n = 0; i < tiles; i++) {
                size_t count = tokens * (i + 1) / tiles - n;
                b.x = rows_x(a) + n * k + at;
                any_tile(a, &b, m, rows, n, count, !at);
                n += count;
            }
        }
    }
}

#endif
