/* ptq1_0.h: the numbers and the order of PTQ1_0 (PrismML); gemv/trits.h says how they are used. A block is 128
 * weights, 26 code bytes, then an F16 scale; a unit is two, with the first one's scale in between. Digit n of
 * byte j of a block is the weight
 *
 *   j < 16: 16n + j      j < 24: 80 + 8n + j - 16      j < 26: 120 + 2n + j - 24, n < 4 */
#ifndef TK_PTQ1_0_H
#define TK_PTQ1_0_H

#include "kernel.h"

#include <string.h>

enum {
    UNIT_COLUMNS = 256,
    UNIT_BYTES = 56,
    UNIT_CODES = 54,
    BLOCK_COLUMNS = 128,
    BLOCK_BYTES = 28,
    ROW_AT = 0
};

static inline size_t column(size_t j, size_t n) {
    const size_t block = j / BLOCK_BYTES * BLOCK_COLUMNS;
    j %= BLOCK_BYTES;
    if (j < 16)
        return block + 16 * n + j;
    if (j < 24)
        return block + 80 + 8 * n + j - 16;
    return j < 26 && n < 4 ? block + 120 + 2 * n + j - 24 : UNIT_COLUMNS;
}

static inline void prepare_unit(int8_t *out, const int8_t *q, size_t count) {
    for (size_t b = 0; b < count; b += BLOCK_COLUMNS, out += BLOCK_BYTES, q += BLOCK_COLUMNS)
        for (size_t n = 0; n < 5; n++) {
            memcpy(out + 64 * n, q + 16 * n, 16);
            memcpy(out + 64 * n + 16, q + 80 + 8 * n, 8);
            if (n < 4)
                memcpy(out + 64 * n + 24, q + 120 + 2 * n, 2);
        }
}

#define LAYOUT tk_layout_ptq1_0

#endif
