/* gemm_amx.h: W1.58A8 GEMM over panels with AMX tiles; b2x and b3 differ in decoding only.
 *
 * TDPBSUD multiplies 16 tokens x 64 columns (signed) by 64 columns x 16 rows (unsigned) in 16 cycles, 8 times
 * the rate of VPDPBUSD. Its second operand is 16 groups of [16 rows][4 columns] bytes: what 16 blocks of a
 * panel are once their fields are masked out. Masks leave field f scaled by 2^SHIFT[f], which the end shifts
 * away.
 *
 *   for a panel of rows, for 256 tokens
 *     for 256 columns               decode once: [field][4 tiles of 64 columns][16][64 bytes], stays in L1
 *       for 32 tokens x 2 fields    four tiles of sums; 2 tiles of tokens and 2 of weights loaded per 64
 * columns shift, subtract the sum of the activations, to y
 *
 * Between blocks of columns sums wait as whole tiles in a buffer of their own: adding to y with vectors at
 * every block took longer than the products. prepare copies the activations, filled up with zeros to 16 tokens
 * and 64 columns, so that whole tiles can be loaded. Bound: the tile unit for many tokens; below 64, decoding
 * (64 bytes are stored for 64 weights). A variant defines FIELDS, SHIFT, decoder, make_decoder and decode
 * before it includes this. */
#ifndef TK_GEMM_AMX_H
#define TK_GEMM_AMX_H

#include "gemm/tiles_amx.h"
#include "gemv/panel_avx512.h"

enum {
    ROWS = FIELDS * PANEL_LANES,
    TILE_TOKENS = 16,
    TILE_GROUPS = TILE_COLUMNS / PANEL_COLUMNS,
    COLUMNS = 256,
    TOKENS = 256, /* whose sums wait in the buffer */
    TILES = COLUMNS / TILE_COLUMNS,
    FIELD = TILES * TILE + 128, /* bytes from field to field: a multiple of 4096 would share cache sets */
};

static size_t scratch(tk_shape s) {
    return padded(s.n, TILE_TOKENS) * padded(s.k, TILE_COLUMNS);
}

/* Activations as whole tiles: [tokens / 16][columns / 64][16 tokens][64 columns], filled up with zeros. */
static void prepare(const tk_args *a) {
    size_t k = a->shape.k, columns = padded(k, TILE_COLUMNS), tokens = padded(a->shape.n, TILE_TOKENS);
    size_t from = a->shape.m ? tokens * a->begin / a->shape.m : 0,
           to = a->shape.m ? tokens * a->end / a->shape.m : 0;
    for (size_t n = from; n < to; n++) {
        int8_t *out =
            (int8_t *)a->scratch + n / TILE_TOKENS * TILE_TOKENS * columns + n % TILE_TOKENS * TILE_COLUMNS;
        for (size_t at = 0; at < columns; at += TILE_COLUMNS, out += TILE) {
            size_t have = n >= a->shape.n || at >= k ? 0 : k - at < TILE_COLUMNS ? k - at : TILE_COLUMNS;
            if (have)
                memcpy(out, (const int8_t *)a->x + n * k + at, have);
            memset(out + have, 0, TILE_COLUMNS - have);
        }
    }
}

/* `groups` blocks of a panel to whole tiles of every field; columns that are missing count as zero bytes. */
static inline void decode_tiles(uint8_t *out, const decoder *d, const uint8_t *packed, size_t groups,
                                size_t tiles) {
    for (size_t g = 0; g < tiles * TILE_GROUPS; g++, packed += PANEL_BLOCK) {
        __m512i w[FIELDS];
        _mm_prefetch((const char *)packed + 4096, _MM_HINT_T0);
        if (g < groups)
            decode(w, d, _mm512_load_si512(packed));
        for (size_t f = 0; f < FIELDS; f++)
            _mm512_store_si512(out + f * FIELD + g * PANEL_BLOCK, g < groups ? w[f] : _mm512_setzero_si512());
    }
}

typedef int32_t sum_tile[TILE_TOKENS][PANEL_LANES];

/* The sums of two tiles of tokens and two fields. */
typedef struct sums {
    _Alignas(64) sum_tile tile[TOKENS / TILE_TOKENS][FIELDS];
} sums;

/* sum[0][0..1] and sum[1][0..1] += one or two tiles of tokens times one or two fields of weights. */
__attribute__((always_inline)) static inline void multiply(sum_tile (*sum)[FIELDS], const int8_t *x,
                                                           size_t token_tile, const uint8_t *w, size_t tiles,
                                                           bool two_tokens, bool two_fields) {
    _tile_loadd(0, sum[0][0], 64);
    if (two_fields)
        _tile_loadd(1, sum[0][1], 64);
    if (two_tokens)
        _tile_loadd(2, sum[1][0], 64);
    if (two_tokens && two_fields)
        _tile_loadd(3, sum[1][1], 64);
    for (size_t i = 0; i < tiles; i++, x += TILE, w += TILE) {
        _tile_loadd(4, x, 64);
        _tile_loadd(6, w, 64);
        _tile_dpbsud(0, 4, 6);
        if (two_fields) {
            _tile_loadd(7, w + FIELD, 64);
            _tile_dpbsud(1, 4, 7);
        }
        if (two_tokens) {
            _tile_loadd(5, x + token_tile, 64);
            _tile_dpbsud(2, 5, 6);
            if (two_fields)
                _tile_dpbsud(3, 5, 7);
        }
    }
    _tile_stored(0, sum[0][0], 64);
    if (two_fields)
        _tile_stored(1, sum[0][1], 64);
    if (two_tokens)
        _tile_stored(2, sum[1][0], 64);
    if (two_tokens && two_fields)
        _tile_stored(3, sum[1][1], 64);
}

/* All fields of a decoded block times `tokens` tokens. */
static void multiply_block(sums *s, const int8_t *x, size_t token_tile, const uint8_t *w, size_t tiles,
                           size_t tokens) {
    for (size_t n = 0; n < tokens; n += 2 * TILE_TOKENS, x += 2 * token_tile)
        for (size_t f = 0; f < FIELDS; f += 2) {
            const bool two_tokens = n + TILE_TOKENS < tokens, two_fields = f + 1 < FIELDS;
            sum_tile(*sum)[FIELDS] = (sum_tile(*)[FIELDS]) & s->tile[n / TILE_TOKENS][f];
            if (two_tokens && two_fields)
                multiply(sum, x, token_tile, w + f * FIELD, tiles, true, true);
            else if (two_tokens)
                multiply(sum, x, token_tile, w + f * FIELD, tiles, true, false);
            else if (two_fields)
                multiply(sum, x, token_tile, w + f * FIELD, tiles, false, true);
            else
                multiply(sum, x, token_tile, w + f * FIELD, tiles, false, false);
        }
}

/* The panel's rows of tokens n0 .. n0 + tokens - 1; a weight is its code - 1. */
static void finish(const tk_args *a, const sums *s, size_t panel, size_t n0, size_t tokens) {
    for (size_t n = 0; n < tokens; n++) {
        const __m512i sum = _mm512_set1_epi32(a->sum[n0 + n]);
        for (size_t f = 0; f < FIELDS; f++) {
            const size_t row = (panel * FIELDS + f) * PANEL_LANES;
            __m512i v = _mm512_load_si512(s->tile[n / TILE_TOKENS][f][n % TILE_TOKENS]);
            v = _mm512_sub_epi32(_mm512_sra_epi32(v, _mm_cvtsi32_si128(SHIFT[f])), sum);
            panel_store((int32_t *)a->y + (n0 + n) * a->shape.m, row, a->begin, a->end, v);
        }
    }
}

static void run(const tk_args *a) {
    _Alignas(64) uint8_t weights[FIELDS * FIELD];
    sums s;
    const size_t k = a->shape.k, groups = panel_groups(k), columns = padded(k, TILE_COLUMNS);
    const decoder d = make_decoder();
    tiles_on();
    for (size_t p = a->begin / ROWS; p * ROWS < a->end; p++)
        for (size_t n = 0; n < a->shape.n; n += TOKENS) {
            const size_t tokens = a->shape.n - n < TOKENS ? a->shape.n - n : TOKENS;
            memset(&s, 0, (tokens + TILE_TOKENS - 1) / TILE_TOKENS * sizeof *s.tile);
            for (size_t at = 0; at < k; at += COLUMNS) {
                const size_t left = groups - at / PANEL_COLUMNS, block = COLUMNS / PANEL_COLUMNS;
                const size_t here = left < block ? left : block, tiles = (here + TILE_GROUPS - 1) / TILE_GROUPS;
                const uint8_t *packed = (const uint8_t *)a->w + (p * groups + at / PANEL_COLUMNS) * PANEL_BLOCK;
                decode_tiles(weights, &d, packed, here, tiles);
                multiply_block(&s, (const int8_t *)a->scratch + n * columns + TILE_TOKENS * at,
                               TILE_TOKENS * columns, weights, tiles, tokens);
            }
            finish(a, &s, p, n, tokens);
        }
    _tile_release();
}

#endif
