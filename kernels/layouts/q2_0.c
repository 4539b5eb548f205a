/* q2_0.c: Q2_0, type 42 of ggml (src/ggml-common.h): 18 bytes for 64 weights, an F16 scale first.
 *
 *   byte p of the 16: weights 4p, 4p + 1, 4p + 2, 4p + 3, the first in the low bits */
#include "layouts/q2_0.h"

#include "layouts/codes2_layout.h"

static const char *reject(tk_shape s) {
    return s.k % BLOCK_COLUMNS ? "K is not a multiple of 64" : NULL;
}

CODES2_LAYOUT(q2_0, 2.25f, reject);
