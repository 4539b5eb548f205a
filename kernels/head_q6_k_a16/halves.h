/* halves.h: activations as two bytes for the byte products of Q6_K: for every 64 columns
 *
 *   [64 hi] [64 lo] [64 bytes: what centring takes of the products with hi] [the same with lo]
 *
 * Codes 0 .. 63 go into the products as they are, so 32 times the sum of the activations is too much in each
 * sum: of 2 columns as int16 (VPMADDUBSW), or of 4 columns as int32, negative (VPDPBUSD starts from it). A
 * variant defines CENTRE (its type), CENTRED (columns in a sum) and SIGN. */
#ifndef TK_HEAD_HALVES_H
#define TK_HEAD_HALVES_H

#define ROW        q6_k_row
#define A16_COLUMN 4
#include "head/a16.h"

static inline void a16_store(uint8_t *to, size_t at, const int16_t *a, size_t n) {
    int8_t *hi = (int8_t *)to + A16_COLUMN * at, *lo = hi + A16_PIECE;
    CENTRE sums[2][A16_PIECE / CENTRED] = {{0}};
    for (size_t i = 0; i < n; i++) {
        hi[i] = a16_high(a[i]);
        lo[i] = a16_low(a[i]);
    }
    for (size_t i = 0; i < n; i++) {
        sums[0][i / CENTRED] = (CENTRE)(sums[0][i / CENTRED] + SIGN 32 * hi[i]);
        sums[1][i / CENTRED] = (CENTRE)(sums[1][i / CENTRED] + SIGN 32 * lo[i]);
    }
    memcpy(hi + 2 * A16_PIECE, sums, sizeof sums);
}

#endif
