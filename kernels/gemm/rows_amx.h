/* rows_amx.h: W1.58A8 GEMM for layouts whose rows are contiguous, with AMX tiles.
 *
 * Decoded codes of 16 rows are the first operand of TDPBUSD as they lie, row by row; the activations are the
 * second, which prepare puts into its order. (The other way round, as in gemm_amx.h, every block of codes would
 * have to be transposed; here only the sums are, once for all columns.)
 *
 *   for 32 rows, for 256 tokens
 *     for 512 columns        decode once: 32 rows of 512 codes, stays in L1
 *       for 32 tokens        four tiles of sums; 2 tiles of codes and 2 of tokens loaded per 64 columns
 *   transpose 16 x 16 sums, subtract the sum of the activations, to y
 *
 * Between blocks of columns sums wait as whole tiles. Bound: the tile unit for many tokens; below 64, decoding
 * (64 bytes are stored for 64 weights). A variant defines rows_columns (that a row decodes to, padding
 * included), rows_decode (a multiple of 64 columns, in an order of its own) and rows_take (activations in that
 * order) before it includes this. */
#ifndef TK_ROWS_AMX_H
#define TK_ROWS_AMX_H

#include "gemm/tiles_amx.h"
#include "gemv/panel_avx512.h"

enum {
    TILE_ROWS = 16,
    TILE_TOKENS = 16,
    ROWS = 2 * TILE_ROWS,
    TOKENS = 256, /* whose sums wait */
    COLUMNS = 512,
    CODES_ROW = COLUMNS + 64 /* bytes from row to row: a multiple of 4096 would share cache sets */
};

static size_t tiles_scratch(tk_shape s) {
    return padded(s.n, TILE_TOKENS) * padded(rows_columns(s.k), TILE_COLUMNS);
}

/* Activations as whole tiles, [tokens / 16][columns / 64][16 groups][16 tokens][4 columns], zeros beyond. */
static void tiles_prepare(const tk_args *a) {
    const size_t blocks = padded(rows_columns(a->shape.k), TILE_COLUMNS) / TILE_COLUMNS,
                 units = padded(a->shape.n, TILE_TOKENS) / TILE_TOKENS * blocks;
    size_t from, to;
    gemv_share(a, units, &from, &to);
    for (size_t u = from; u < to; u++) {
        uint8_t *out = (uint8_t *)a->scratch + u * TILE;
        for (size_t t = 0; t < TILE_TOKENS; t++) {
            const size_t token = u / blocks * TILE_TOKENS + t;
            int8_t x[TILE_COLUMNS] = {0};
            if (token < a->shape.n)
                rows_take(x, a, token, u % blocks);
            for (size_t g = 0; g < TILE_COLUMNS / 4; g++)
                memcpy(out + (g * TILE_TOKENS + t) * 4, x + 4 * g, 4);
        }
    }
}

typedef int32_t sum_tile[TILE_ROWS][TILE_TOKENS];

/* The sums of two tiles of rows, for up to 256 tokens. */
typedef struct sums {
    _Alignas(64) sum_tile tile[TOKENS / TILE_TOKENS][2];
} sums;

/* sum[0] and, where there are two tiles of tokens, sum[1], both of two tiles of rows, += codes * tokens. */
__attribute__((always_inline)) static inline void multiply(sum_tile (*sum)[2], const uint8_t *codes,
                                                           const uint8_t *x, size_t token_tile, size_t tiles,
                                                           bool two) {
    _tile_loadd(0, sum[0][0], 64);
    _tile_loadd(1, sum[0][1], 64);
    if (two) {
        _tile_loadd(2, sum[1][0], 64);
        _tile_loadd(3, sum[1][1], 64);
    }
    for (size_t i = 0; i < tiles; i++, codes += TILE_COLUMNS, x += TILE) {
        _tile_loadd(4, codes, CODES_ROW);
        _tile_loadd(6, x, 64);
        _tile_dpbusd(0, 4, 6);
        _tile_loadd(5, codes + TILE_ROWS * CODES_ROW, CODES_ROW);
        _tile_dpbusd(1, 5, 6);
        if (two) {
            _tile_loadd(7, x + token_tile, 64);
            _tile_dpbusd(2, 4, 7);
            _tile_dpbusd(3, 5, 7);
        }
    }
    _tile_stored(0, sum[0][0], 64);
    _tile_stored(1, sum[0][1], 64);
    if (two) {
        _tile_stored(2, sum[1][0], 64);
        _tile_stored(3, sum[1][1], 64);
    }
}

/* Rows to columns. */
static inline void transpose(__m512i r[16]) {
    __m512i t[16];
    for (size_t i = 0; i < 16; i += 2) {
        t[i] = _mm512_unpacklo_epi32(r[i], r[i + 1]);
        t[i + 1] = _mm512_unpackhi_epi32(r[i], r[i + 1]);
    }
    for (size_t i = 0; i < 16; i += 4)
        for (size_t j = 0; j < 2; j++) {
            r[i + 2 * j] = _mm512_unpacklo_epi64(t[i + j], t[i + j + 2]);
            r[i + 2 * j + 1] = _mm512_unpackhi_epi64(t[i + j], t[i + j + 2]);
        }
    for (size_t i = 0; i < 4; i++) { /* r[4q + i]: rows 4q .. 4q + 3 of columns i, i + 4, i + 8, i + 12 */
        t[i] = _mm512_shuffle_i32x4(r[i], r[i + 4], 0x88);
        t[i + 4] = _mm512_shuffle_i32x4(r[i], r[i + 4], 0xdd);
        t[i + 8] = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0x88);
        t[i + 12] = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0xdd);
    }
    for (size_t i = 0; i < 4; i++) {
        r[i] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0x88);
        r[i + 4] = _mm512_shuffle_i32x4(t[i + 4], t[i + 12], 0x88);
        r[i + 8] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0xdd);
        r[i + 12] = _mm512_shuffle_i32x4(t[i + 4], t[i + 12], 0xdd);
    }
}

/* Rows m .. of tokens n0 .. n0 + tokens - 1; a weight is its code - 1. */
static void finish(const tk_args *a, const sums *s, size_t m, size_t n0, size_t tokens) {
    for (size_t n = 0; n < tokens; n += TILE_TOKENS)
        for (size_t half = 0; half < 2; half++) {
            __m512i r[16];
            for (size_t i = 0; i < 16; i++)
                r[i] = _mm512_load_si512(s->tile[n / TILE_TOKENS][half][i]);
            transpose(r);
            for (size_t t = 0; t < TILE_TOKENS && n + t < tokens; t++)
                panel_store((int32_t *)a->y + (n0 + n + t) * a->shape.m, m + half * TILE_ROWS, a->begin, a->end,
                            _mm512_sub_epi32(r[t], _mm512_set1_epi32(a->sum[n0 + n + t])));
        }
}

/* Columns at .. at + columns - 1 of 32 rows; the last row stands in for missing ones. */
static void decode_rows(uint8_t *codes, const tk_args *a, size_t m, size_t at, size_t columns) {
    for (size_t r = 0; r < ROWS; r++)
        rows_decode(codes + r * CODES_ROW, a, m + r < a->end ? m + r : a->end - 1, at, columns);
}

static void run(const tk_args *a) {
    _Alignas(64) uint8_t codes[ROWS * CODES_ROW];
    sums s;
    const size_t columns = rows_columns(a->shape.k), token_tile = TILE_TOKENS * columns;
    tiles_on();
    for (size_t m = a->begin; m < a->end; m += ROWS)
        for (size_t n0 = 0; n0 < a->shape.n; n0 += TOKENS) {
            const size_t tokens = a->shape.n - n0 < TOKENS ? a->shape.n - n0 : TOKENS;
            memset(&s, 0, (tokens + TILE_TOKENS - 1) / TILE_TOKENS * sizeof *s.tile);
            for (size_t at = 0; at < columns; at += COLUMNS) {
                const size_t here = columns - at < COLUMNS ? columns - at : COLUMNS;
                decode_rows(codes, a, m, at, here);
                for (size_t n = 0; n < tokens; n += 2 * TILE_TOKENS) {
                    const uint8_t *x = (const uint8_t *)a->scratch + (n0 + n) * columns + at * TILE_TOKENS;
                    sum_tile(*sum)[2] = &s.tile[n / TILE_TOKENS];
                    if (n + TILE_TOKENS < tokens)
                        multiply(sum, codes, x, token_tile, here / TILE_COLUMNS, true);
                    else
                        multiply(sum, codes, x, token_tile, here / TILE_COLUMNS, false);
                }
            }
            finish(a, &s, m, n0, tokens);
        }
    _tile_release();
}

#endif
