/* gemm_avx512.h: W1.58A8 GEMM over panels with 512-bit VPDPBUSD; b2x and b3 differ in decoding only.
 *
 * The tile in registers is one panel (4 or 5 vectors of 16 rows x 4 columns) x up to 6 or 5 tokens: 24 or 25
 * sums, the decoded weights, one broadcast of four activations. Rows are taken apart in the sums
 * (gemv/panel.h), so decoding is 3 ANDs for a b2x block.
 *
 *   for a panel of rows
 *     for 512 columns               decode once into a buffer that stays in L1
 *       for a tile of tokens        columns of weights x activations into registers, then added to y
 *
 * Loads: 10 for 24 VPDPBUSD, so the multiplier ports are what binds; decoding is 3 of 35 operations for 8
 * tokens and next to none for many. It asks for the next block, which comes from memory while this one is
 * multiplied. A variant defines FIELDS, WIDEST, decoder, make_decoder, decode and apart before it includes
 * this. Tried and lost, by count: 32 rows x 12 tokens, 14 loads for 24 products; a buffer for all of K, which
 * falls out of L1; decoding in registers, again for every tile. */
#ifndef TK_GEMM_AVX512_H
#define TK_GEMM_AVX512_H

#include "gemv/panel_avx512.h"

enum { GEMM_COLUMNS = 512, GEMM_GROUPS = GEMM_COLUMNS / PANEL_COLUMNS, ROWS = FIELDS * PANEL_LANES };

/* One panel x GEMM_COLUMNS columns (fewer at the end). */
typedef struct gemm_block {
    const uint8_t *codes;   /* decoded: [groups][FIELDS][64] */
    const int8_t *x;        /* first token, first column of the block */
    size_t k, columns;      /* of the whole matrix; of this block */
    __mmask16 mask[FIELDS]; /* which rows to store */
} gemm_block;

static inline void gemm_decode(uint8_t *out, const decoder *d, const uint8_t *packed, size_t groups) {
    for (size_t g = 0; g < groups; g++, packed += PANEL_BLOCK, out += FIELDS * PANEL_BLOCK) {
        _mm_prefetch((const char *)packed + GEMM_GROUPS * PANEL_BLOCK, _MM_HINT_T0); /* the next block */
        __m512i w[FIELDS];
        decode(w, d, _mm512_load_si512(packed));
        for (size_t f = 0; f < FIELDS; f++)
            _mm512_store_si512(out + f * PANEL_BLOCK, w[f]);
    }
}

static inline void gemm_weights(__m512i w[FIELDS], const gemm_block *b, size_t group) {
    for (size_t f = 0; f < FIELDS; f++)
        w[f] = _mm512_load_si512(b->codes + (group * FIELDS + f) * PANEL_BLOCK);
}

/* sum[t][f] of a tile; `tokens` is a constant where this is inlined. */
__attribute__((always_inline)) static inline void gemm_tile(__m512i sum[][FIELDS], const gemm_block *b,
                                                            size_t tokens) {
    const size_t whole = b->columns / PANEL_COLUMNS;
    for (size_t t = 0; t < tokens; t++)
        for (size_t f = 0; f < FIELDS; f++)
            sum[t][f] = _mm512_setzero_si512();
    for (size_t g = 0; g < whole; g++) {
        __m512i w[FIELDS];
        gemm_weights(w, b, g);
        for (size_t t = 0; t < tokens; t++) {
            const __m512i q = _mm512_set1_epi32(panel_quad(b->x + t * b->k + PANEL_COLUMNS * g));
            for (size_t f = 0; f < FIELDS; f++)
                sum[t][f] = panel_dot(sum[t][f], w[f], q);
        }
    }
    if (b->columns % PANEL_COLUMNS) {
        __m512i w[FIELDS];
        gemm_weights(w, b, whole);
        for (size_t t = 0; t < tokens; t++)
            for (size_t f = 0; f < FIELDS; f++)
                sum[t][f] =
                    panel_dot(sum[t][f], w[f], _mm512_set1_epi32(panel_tail(b->x + t * b->k, b->columns)));
    }
}

/* Adds a tile's rows to y, or starts from minus the sum of the token's activations (weight = code - 1). */
__attribute__((always_inline)) static inline void gemm_finish(const tk_args *a, const gemm_block *b,
                                                              __m512i sum[][FIELDS], size_t panel, size_t n,
                                                              size_t tokens, bool first) {
    for (size_t t = 0; t < tokens; t++) {
        int32_t *y = (int32_t *)a->y + (n + t) * a->shape.m + panel * ROWS;
        const __m512i start = _mm512_set1_epi32(-a->sum[n + t]);
        __m512i row[FIELDS];
        apart(row, sum[t]);
        for (size_t f = 0; f < FIELDS; f++, y += PANEL_LANES) {
            __m512i before = first ? start : _mm512_maskz_loadu_epi32(b->mask[f], y);
            _mm512_mask_storeu_epi32(y, b->mask[f], _mm512_add_epi32(before, row[f]));
        }
    }
}

#define GEMM_TILE(tokens)                                                                                      \
    case tokens:                                                                                               \
        gemm_tile(sum, b, tokens);                                                                             \
        gemm_finish(a, b, sum, panel, n, tokens, first);                                                       \
        break;

/* Tokens n .. n + count - 1. */
static inline void gemm_tokens(const tk_args *a, const gemm_block *b, size_t panel, size_t n, size_t count,
                               bool first) {
    __m512i sum[6][FIELDS];
    switch (count) {
        GEMM_TILE(1)
        GEMM_TILE(2)
        GEMM_TILE(3)
        GEMM_TILE(4)
        GEMM_TILE(5)
        GEMM_TILE(6)
    }
}

static void gemm_run(const tk_args *a) {
    _Alignas(64) uint8_t buffer[GEMM_GROUPS * FIELDS * PANEL_BLOCK];
    const size_t k = a->shape.k, tokens = a->shape.n, tiles = (tokens + WIDEST - 1) / WIDEST;
    const decoder d = make_decoder();
    gemm_block b = {.codes = buffer, .k = k};
    for (size_t p = a->begin / ROWS; p * ROWS < a->end; p++) {
        const uint8_t *packed = (const uint8_t *)a->w + p * panel_groups(k) * PANEL_BLOCK;
        for (size_t f = 0; f < FIELDS; f++)
            b.mask[f] = panel_mask(p * ROWS + f * PANEL_LANES, a->begin, a->end);
        for (size_t at = 0; at < k || !at; at += GEMM_COLUMNS) {
            b.columns = k - at < GEMM_COLUMNS ? k - at : GEMM_COLUMNS;
            gemm_decode(buffer, &d, packed + at / PANEL_COLUMNS * PANEL_BLOCK, panel_groups(b.columns));
            for (size_t i = 0, n = 0; i < tiles; i++) {
                size_t count = tokens * (i + 1) / tiles - n;
                b.x = (const int8_t *)a->x + n * k + at;
                gemm_tokens(a, &b, p, n, count, !at);
                n += count;
            }
        }
    }
}

#endif
