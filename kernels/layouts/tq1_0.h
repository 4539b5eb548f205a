/* tq1_0.h: what the TQ1_0 variants share: the block, its columns, activations in the order of its bytes.
 *
 * A block's 52 code bytes are one vector of 64 with 12 bytes to spare. Digit n of byte j is the weight
 *
 *   j < 32: 32n + j      j < 48: 160 + 16n + j - 32      j < 52: 240 + 4n + j - 48, n < 4
 *
 * so prepare writes, for a block, 5 x 64 activations, zeros where there is no weight, and a dot product needs
 * no other order. Byte v is a fraction of 256: the digits are t = 3v >> 8 of v, 3v mod 256, 9v mod 256, ... */
#ifndef TK_TQ1_0_H
#define TK_TQ1_0_H

#include "gemv/gemv_tmpl.h"

#include <string.h>

enum { TQ1_COLUMNS = 256, TQ1_BYTES = 54, TQ1_CODES = 52, TQ1_DIGITS = 5, TQ1_LANES = 64 };

/* The column of a block that digit n of byte j holds; TQ1_COLUMNS or more: none. */
static inline size_t tq1_column(size_t j, size_t n) {
    if (j < 32)
        return 32 * n + j;
    if (j < 48)
        return 160 + 16 * n + j - 32;
    return j < TQ1_CODES && n < 4 ? 240 + 4 * n + j - 48 : TQ1_COLUMNS;
}

static inline size_t tq1_blocks(size_t k) {
    return k / TQ1_COLUMNS;
}

/* [token][block][digit][lane] */
static inline size_t tq1_token(size_t k) {
    return tq1_blocks(k) * TQ1_DIGITS * TQ1_LANES;
}

static inline size_t tq1_scratch(tk_shape s) {
    return s.n * tq1_token(s.k);
}

static inline void tq1_prepare_block(int8_t *out, const int8_t *q) {
    memset(out, 0, TQ1_DIGITS * TQ1_LANES);
    for (size_t n = 0; n < TQ1_DIGITS; n++, out += TQ1_LANES) {
        memcpy(out, q + 32 * n, 32);
        memcpy(out + 32, q + 160 + 16 * n, 16);
        if (n < 4)
            memcpy(out + 48, q + 240 + 4 * n, 4);
    }
}

static inline void tq1_prepare(const tk_args *a) {
    size_t blocks = a->shape.n * tq1_blocks(a->shape.k), from, to;
    gemv_share(a, blocks, &from, &to);
    for (size_t b = from; b < to; b++)
        tq1_prepare_block((int8_t *)a->scratch + b * TQ1_DIGITS * TQ1_LANES,
                          (const int8_t *)a->x + b * TQ1_COLUMNS);
}

#endif
