/* pq2_0.h: the numbers and the order of one layout of 2-bit codes; gemv/codes2.h says how they are used.
 * PQ2_0 (PrismML): blocks of 128 weights, F16 scale before 32 bytes of codes, four neighbours in a byte. */
#ifndef TK_PQ2_0_H
#define TK_PQ2_0_H

#include "kernel.h"

enum { CODE_BYTES = 32, BLOCK_BYTES = 34, CODES_AT = 2, ROW_AT = 0 };

/* The column of a block that a code byte holds in bits 2 * field and up. */
static inline size_t column(size_t byte, size_t field) {
    return 4 * byte + field;
}

#define LAYOUT tk_layout_pq2_0

#endif
