/* tq1_0.h: the numbers and the order of TQ1_0 (ggml); gemv/trits.h says how they are used. A unit is a block:
 * 52 code bytes, then an F16 scale. Digit n of byte j is the weight
 *
 *   j < 32: 32n + j      j < 48: 160 + 16n + j - 32      j < 52: 240 + 4n + j - 48, n < 4 */
#ifndef TK_TQ1_0_H
#define TK_TQ1_0_H

#include "kernel.h"

#include <string.h>

enum {
    UNIT_COLUMNS = 256,
    UNIT_BYTES = 54,
    UNIT_CODES = 52,
    BLOCK_COLUMNS = 256,
    BLOCK_BYTES = 54,
    ROW_AT = 0
};

static inline size_t column(size_t j, size_t n) {
    if (j < 32)
        return 32 * n + j;
    if (j < 48)
        return 160 + 16 * n + j - 32;
    return n < 4 ? 240 + 4 * n + j - 48 : UNIT_COLUMNS;
}

static inline void prepare_unit(int8_t *out, const int8_t *q, size_t count) {
    (void)count;
    for (size_t n = 0; n < 5; n++, out += 64) {
        memcpy(out, q + 32 * n, 32);
        memcpy(out + 32, q + 160 + 16 * n, 16);
        if (n < 4)
            memcpy(out + 48, q + 240 + 4 * n, 4);
    }
}

#define LAYOUT tk_layout_tq1_0

#endif
