/* iq1_bn.h: the numbers and the order of IQ1_BN (ik_llama.cpp); gemv/trits.h says how they are used. An F16
 * scale before the row, then 13 bytes for 64 weights with nothing in between: a unit is four blocks, 52 bytes.
 * Here the first weight of a byte is the LEAST significant digit, so digit n, counted from the top, of byte j
 * of a block is
 *
 *   j < 12: 16 * (j / 3) + 5 * (j % 3) + 4 - n      j = 12: 16 * (4 - n) + 15, n > 0 */
#ifndef TK_IQ1_BN_H
#define TK_IQ1_BN_H

#include "kernel.h"

enum { UNIT_COLUMNS = 256, UNIT_BYTES = 52, UNIT_CODES = 52, BLOCK_COLUMNS = 64, BLOCK_BYTES = 13, ROW_AT = 2 };

static inline size_t column(size_t j, size_t n) {
    const size_t block = j / BLOCK_BYTES * BLOCK_COLUMNS;
    j %= BLOCK_BYTES;
    if (j < 12)
        return block + 16 * (j / 3) + 5 * (j % 3) + 4 - n;
    return n ? block + 16 * (4 - n) + 15 : UNIT_COLUMNS;
}

static inline void prepare_unit(int8_t *out, const int8_t *q, size_t count) {
    for (size_t b = 0; b < count; b += BLOCK_COLUMNS, out += BLOCK_BYTES, q += BLOCK_COLUMNS)
        for (size_t a = 0; a < 4; a++) {
            for (size_t i = 0; i < 15; i++)
                out[64 * (4 - i % 5) + 3 * a + i / 5] = q[16 * a + i];
            out[64 * (4 - a) + 12] = q[16 * a + 15];
        }
}

#define LAYOUT tk_layout_iq1_bn

#endif
