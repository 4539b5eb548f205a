/* tl1_generic.h: TL1 in plain C: 16-bit tables, 16 rows a load of 16 bytes, two pairs a byte. Bound: a look-up
 * and an addition for two weights. */
#ifndef TK_TL1_GENERIC_H
#define TK_TL1_GENERIC_H

#include "gemv/tl.h"

static size_t scratch(tk_shape s) {
    return s.n * (s.k / 2) * TL_ENTRIES * sizeof(int16_t);
}

static void prepare(const tk_args *a) {
    const size_t pairs = a->shape.k / 2;
    size_t from, to;
    gemv_share(a, a->shape.n * pairs, &from, &to);
    for (size_t i = from; i < to; i++)
        tl_pair_sums((int16_t *)a->scratch + i * TL_ENTRIES, (const int8_t *)a->x + 2 * i);
}

/* Half a block: 16 rows. */
static inline void rows16(int32_t *sum, const uint8_t *byte, const int16_t *high, const int16_t *low) {
    for (size_t r = 0; r < 16; r++)
        sum[r] += high[byte[r] >> 4] + low[byte[r] & 15];
}

static void block(int32_t sum[TL_ROWS], const tk_args *a, tk_tiling t, size_t number, size_t token) {
    const size_t by = 256 / t.bm, row = number * TL_ROWS, pairs = a->shape.k / 2;
    const int16_t *tables = (const int16_t *)a->scratch + token * pairs * TL_ENTRIES;
    bool high;
    for (size_t p = 0; p < pairs; p += 2) { /* pairs 2q and 2q + 1 of a byte */
        const size_t at = tk_tl1_byte(a->shape, t, row, p, &high), step = 16 * (by / 4);
        const uint8_t *byte = (const uint8_t *)a->w + at;
        rows16(sum, byte, tables + p * TL_ENTRIES, tables + (p + 1) * TL_ENTRIES);
        rows16(sum + 16, byte + step, tables + p * TL_ENTRIES, tables + (p + 1) * TL_ENTRIES);
    }
}

static void run(const tk_args *a) {
    if (a->shape.m)
        tl_walk(a, tk_tl1_tiling(a->shape), block);
}

#endif
