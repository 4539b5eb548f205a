/* iq2_bn.c: IQ2_BN, type 135 of ik_llama.cpp (ggml/src/iqk/iqk_quantize.cpp): a row is an f32 scale and blocks
 * of 64 weights in 16 bytes.
 *
 *   byte p: weights p, p + 16, p + 32, p + 48, the first in the low bits */
#include "layouts/iq2_bn.h"

#include "layouts/codes2_layout.h"

static const char *reject(tk_shape s) {
    return s.k % BLOCK_COLUMNS ? "K is not a multiple of 64" : NULL;
}

CODES2_LAYOUT(iq2_bn, 2, reject);
