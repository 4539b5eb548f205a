/* b3_tiles_avx512.h: what the GEMM variants of b3 by VPDPBUSD share: where a tile of tokens goes. A panel's 5
 * vectors of 16 rows x a tile of tokens are sums in registers.
 *
 * A variant defines tile_sums(sum, block, tokens), with `tokens` a constant where it is inlined, and
 * tile_rows(row, sum), the rows' dot products of codes from the sums, and calls B3_TILE(tokens) for each number
 * of tokens that it takes. */
#ifndef TK_GEMM_B3_TILES_AVX512_H
#define TK_GEMM_B3_TILES_AVX512_H

#include "gemv/b3_avx512.h"

enum { FIELDS = 5, ROWS = FIELDS * PANEL_LANES };

/* Which of panel p's rows to store. */
static inline void tile_masks(__mmask16 mask[FIELDS], const tk_args *a, size_t p) {
    for (size_t f = 0; f < FIELDS; f++)
        mask[f] = panel_mask(p * ROWS + f * PANEL_LANES, a->begin, a->end);
}

static inline void tile_rows(__m512i row[FIELDS], const __m512i sum[FIELDS]);

/* Adds tokens n .. to y, or starts from minus the sum of the token's activations (weight = code - 1). */
__attribute__((always_inline)) static inline void tile_store(const tk_args *a, const __mmask16 mask[FIELDS],
                                                             __m512i sum[][FIELDS], size_t panel, size_t n,
                                                             size_t tokens, bool first) {
    PANEL_UNROLL
    for (size_t t = 0; t < tokens; t++) {
        int32_t *y = (int32_t *)a->y + (n + t) * a->shape.m + panel * ROWS;
        const __m512i start = _mm512_set1_epi32(-a->sum[n + t]);
        __m512i row[FIELDS];
        tile_rows(row, sum[t]);
        PANEL_UNROLL
        for (size_t f = 0; f < FIELDS; f++, y += PANEL_LANES) {
            __m512i before = first ? start : _mm512_maskz_loadu_epi32(mask[f], y);
            _mm512_mask_storeu_epi32(y, mask[f], _mm512_add_epi32(before, row[f]));
        }
    }
}

/* A case of a switch over the number of tokens, where a, b (a block with a mask), panel, n and first are known:
 * a loop for every number, as the sums have to be named registers. */
#define B3_TILE(tokens)                                                                                        \
    case tokens: {                                                                                             \
        __m512i sum[tokens][FIELDS];                                                                           \
        tile_sums(sum, b, tokens);                                                                             \
        tile_store(a, b->mask, sum, panel, n, tokens, first);                                                  \
        break;                                                                                                 \
    }

#endif
