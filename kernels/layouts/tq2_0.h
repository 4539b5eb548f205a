/* tq2_0.h: the numbers and the order of one layout of 2-bit codes; gemv/codes2.h says how they are used.
 * TQ2_0 (ggml): blocks of 256 weights, 64 bytes of codes in two halves of 32, F16 scale behind. */
#ifndef TK_TQ2_0_H
#define TK_TQ2_0_H

#include "kernel.h"

enum { CODE_BYTES = 64, BLOCK_BYTES = 66, CODES_AT = 0, ROW_AT = 0 };

/* The column of a block that a code byte holds in bits 2 * field and up. */
static inline size_t column(size_t byte, size_t field) {
    return 128 * (byte / 32) + 32 * field + byte % 32;
}

#define LAYOUT tk_layout_tq2_0

#endif
