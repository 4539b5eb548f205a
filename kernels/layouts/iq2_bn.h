/* iq2_bn.h: the numbers and the order of one layout of 2-bit codes; gemv/codes2.h says how they are used.
 * IQ2_BN (ik_llama.cpp): an f32 scale before the row, blocks of 64 weights in 16 bytes. */
#ifndef TK_IQ2_BN_H
#define TK_IQ2_BN_H

#include "kernel.h"

enum { CODE_BYTES = 16, BLOCK_BYTES = 16, CODES_AT = 0, ROW_AT = 4 };

/* The column of a block that a code byte holds in bits 2 * field and up. */
static inline size_t column(size_t byte, size_t field) {
    return 16 * field + byte;
}

#define LAYOUT tk_layout_iq2_bn

#endif
