/* q2_0.c: Q2_0, type 42 of ggml (src/ggml-common.h): 18 bytes for 64 weights, an F16 scale first.
 *
 *   byte p of the 16: weights 4p, 4p + 1, 4p + 2, 4p + 3, the first in the low bits */
#include "layouts/q2_0.h"

#include <string.h>

static void write_head(uint8_t *row) {
    (void)row;
}

static void write_rest(uint8_t *block) {
    block[0] = 0x00; /* F16 1.0 */
    block[1] = 0x3c;
}

#include "layouts/codes2_layout.h"

static const char *reject(tk_shape s) {
    return s.k % BLOCK_COLUMNS ? "K is not a multiple of 64" : NULL;
}

const tk_layout tk_layout_q2_0 = {.name = "q2_0",
                                  .bits_per_weight = 2.25f,
                                  .align = 1,
                                  .reject = reject,
                                  .size = size,
                                  .row_bytes = row_bytes,
                                  .pack = pack,
                                  .unpack = unpack};
