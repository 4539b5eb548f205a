/* pq2_0.c: PQ2_0, type 142 of PrismML's llama.cpp (ggml/src/ggml-common.h): Q2_0 with 128 weights in a
 * block, 34 bytes, an F16 scale first.
 *
 *   byte p of the 32: weights 4p, 4p + 1, 4p + 2, 4p + 3, the first in the low bits */
#include "layouts/pq2_0.h"

#include "layouts/codes2_layout.h"

static const char *reject(tk_shape s) {
    return s.k % BLOCK_COLUMNS ? "K is not a multiple of 128" : NULL;
}

CODES2_LAYOUT(pq2_0, 2.125f, reject);
