/* qk256.c: the QK256 blocks of BitNet-rs, later revision (crates/bitnet-quantization/src/i2s_qk256.rs): rows
 * filled up to 256 weights, 64 bytes a block, inside it two groups of 128 in the order of I2_S. Filling is zero
 * weights. The earlier revision (codes for -2, -1, +1, +2) is not ternary.
 *
 *   byte p of a group of 32: weights p, p + 32, p + 64, p + 96, the first in the HIGH bits */
#include "layouts/qk256.h"

#include "layouts/codes2_layout.h"

static const char *reject(tk_shape s) {
    (void)s;
    return NULL;
}

CODES2_LAYOUT(qk256, 2, reject);
