/* i2s_64.h: the numbers and the order of one layout of 2-bit codes; gemv/codes2.h says how they are used.
 * I2_S in groups of 64 (bitnet.cpp on ARM since November 2025): 16 bytes, first weights in the high bits. */
#ifndef TK_I2S_64_H
#define TK_I2S_64_H

#include "kernel.h"

enum { CODE_BYTES = 16, BLOCK_BYTES = 16, CODES_AT = 0, ROW_AT = 0 };

/* The column of a block that a code byte holds in bits 2 * field and up. */
static inline size_t column(size_t byte, size_t field) {
    return 16 * (3 - field) + byte;
}

#define LAYOUT tk_layout_i2s_64

#endif
