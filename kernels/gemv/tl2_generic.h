/* tl2_generic.h: TL2 in plain C: a look-up, a sign and an addition for three weights. */
#ifndef TK_TL2_GENERIC_H
#define TK_TL2_GENERIC_H

#include "gemv/tl.h"

#include <string.h>

static size_t tables_of(tk_shape s) {
    const tk_tl2_parts at = tk_tl2_split(s, tk_tl2_tiling(s));
    return at.k3 / 3 + at.k2 / 2;
}

static inline size_t scratch(tk_shape s) {
    return s.m && s.k ? s.n * tables_of(s) * TL_ENTRIES * sizeof(int16_t) : 0;
}

/* Table `i` of all tokens: first the triples of a token, then its pairs. */
static inline void tl2_sums(int16_t sum[TL_ENTRIES], const tk_args *a, const tk_tl2_parts *at, size_t i) {
    const size_t triples = at->k3 / 3, tables = triples + at->k2 / 2;
    const int8_t *q = (const int8_t *)a->x + i / tables * a->shape.k;
    if (i % tables < triples)
        tl_triple_sums(sum, q + 3 * (i % tables));
    else
        tl_pair_sums(sum, q + at->k3 + 2 * (i % tables - triples));
}

static inline void prepare(const tk_args *a) {
    if (!a->shape.m || !a->shape.k)
        return;
    const tk_tl2_parts at = tk_tl2_split(a->shape, tk_tl2_tiling(a->shape));
    size_t from, to;
    gemv_share(a, a->shape.n * tables_of(a->shape), &from, &to);
    for (size_t i = from; i < to; i++)
        tl2_sums((int16_t *)a->scratch + i * TL_ENTRIES, a, &at, i);
}

/* A vector of 32 rows: two triples of which `signs` has the signs at bits 15 - 2q, or pairs (signs NULL). */
static inline void rows32(int32_t *sum, const uint8_t *byte, const int16_t *high, const int16_t *low,
                          const uint16_t *signs, unsigned q) {
    for (size_t r = 0; r < TL_ROWS; r++) {
        const uint8_t b = byte[tk_tl2_row(r)];
        int x = high[b >> 4], y = low[b & 15];
        if (signs) {
            const unsigned word = signs[r % 16], bit = 15 - 2 * q - (r >= 16);
            x = word >> bit & 1 ? -x : x;
            y = word >> (bit - 2) & 1 ? -y : y;
        }
        sum[r] += x + y;
    }
}

static inline void block(int32_t sum[TL_ROWS], const tk_args *a, tk_tiling t, size_t number, size_t token) {
    const tk_tl2_parts at = tk_tl2_split(a->shape, t);
    const uint8_t *w = a->w;
    const size_t tile = number * TL_ROWS / t.bm_tile, in = number * TL_ROWS % t.bm_tile / TL_ROWS,
                 blocks = t.bm_tile / TL_ROWS;
    const int16_t *table = (const int16_t *)a->scratch + token * (at.k3 / 3 + at.k2 / 2) * TL_ENTRIES;
    for (size_t kb = 0; kb < at.k3 / t.by_tile; kb++) {
        const size_t blk = (tile * (at.k3 / t.by_tile) + kb) * blocks + in;
        const uint8_t *byte = w + blk * (t.by_tile / 6) * 32,
                      *sign = w + at.signs + blk * (t.by_tile / 24) * 32;
        for (size_t j = 0; j < t.by_tile / 6; j++, table += 2 * TL_ENTRIES) {
            uint16_t words[16];
            memcpy(words, sign + j / 4 * 32, sizeof words);
            rows32(sum, byte + 32 * j, table, table + TL_ENTRIES, words, 2 * (unsigned)(j % 4));
        }
    }
    for (size_t kb = 0; kb < at.k2 / 32; kb++) {
        const uint8_t *byte = w + at.pairs + ((tile * (at.k2 / 32) + kb) * blocks + in) * 8 * 32;
        for (size_t j = 0; j < 8; j++, table += 2 * TL_ENTRIES)
            rows32(sum, byte + 32 * j, table, table + TL_ENTRIES, NULL, 0);
    }
}

static inline void run(const tk_args *a) {
    if (a->shape.m)
        tl_walk(a, tk_tl2_tiling(a->shape), block);
}

#endif
