/* iq2_bn.c: IQ2_BN, type 135 of ik_llama.cpp (ggml/src/iqk/iqk_quantize.cpp): a row is an f32 scale and blocks
 * of 64 weights in 16 bytes.
 *
 *   byte p: weights p, p + 16, p + 32, p + 48, the first in the low bits */
#include "layouts/iq2_bn.h"

#include <string.h>

static void write_head(uint8_t *row) {
    static const uint8_t one[ROW_AT] = {0x00, 0x00, 0x80, 0x3f}; /* f32 1.0 */
    memcpy(row, one, ROW_AT);
}

static void write_rest(uint8_t *block) {
    (void)block;
}

#include "layouts/codes2_layout.h"

static const char *reject(tk_shape s) {
    return s.k % BLOCK_COLUMNS ? "K is not a multiple of 64" : NULL;
}

const tk_layout tk_layout_iq2_bn = {.name = "iq2_bn",
                                    .bits_per_weight = 2,
                                    .align = 1,
                                    .reject = reject,
                                    .size = size,
                                    .row_bytes = row_bytes,
                                    .pack = pack,
                                    .unpack = unpack};
