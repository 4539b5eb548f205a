/* qk256.h: the numbers and the order of one layout of 2-bit codes; gemv/codes2.h says how they are used.
 * QK256 (BitNet-rs, later revision): I2_S order, rows filled up to 256 weights. */
#ifndef TK_QK256_H
#define TK_QK256_H

#include "kernel.h"

enum { CODE_BYTES = 64, BLOCK_BYTES = 64, CODES_AT = 0, ROW_AT = 0 };

/* The column of a block that a code byte holds in bits 2 * field and up. */
static inline size_t column(size_t byte, size_t field) {
    return 128 * (byte / 32) + 32 * (3 - field) + byte % 32;
}

#define LAYOUT tk_layout_qk256

#endif
