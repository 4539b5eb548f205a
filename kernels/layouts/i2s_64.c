/* i2s_64.c: I2_S as bitnet.cpp has written it on ARM since November 2025 (src/ggml-bitnet-mad.cpp, QK = 64):
 * groups of 64 weights in 16 bytes. A file does not say which order it has; the canonical one is i2s.
 *
 *   byte p: weights p, p + 16, p + 32, p + 48, the first in the HIGH bits */
#include "layouts/i2s_64.h"

#include "layouts/codes2_layout.h"

static const char *reject(tk_shape s) {
    return s.k % BLOCK_COLUMNS ? "K is not a multiple of 64" : NULL;
}

CODES2_LAYOUT(i2s_64, 2, reject);
