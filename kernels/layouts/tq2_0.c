/* tq2_0.c: TQ2_0, type 35 of ggml (src/ggml-common.h, src/ggml-quants.c): 66 bytes for 256 weights of a row.
 *
 *   | 32 bytes: weights 0..127 | 32 bytes: weights 128..255 | F16 scale |
 *   byte p of a half: weights p, p + 32, p + 64, p + 96, the first in the LOW bits (I2_S has it in the high
 * bits) */
#include "layouts/tq2_0.h"

#include "layouts/codes2_layout.h"

static const char *reject(tk_shape s) {
    return s.k % BLOCK_COLUMNS ? "K is not a multiple of 256" : NULL;
}

CODES2_LAYOUT(tq2_0, 2.0625f, reject);
