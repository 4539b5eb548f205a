/* head_q6_k_a16: logits over Q6_K weights, activations rounded to 16 bits. */
enum { COLUMNS = 256, BYTES = 210, SCALE_AT = 208, MOST = 4, TOP = 32639 };
#define DEVIATION     0.0001f
#define HEAD_LOW_ENDS -128, 127, -32639, 32639, 32384, -32385, 128, -129

#include "harness/ops/head_rounded.h"

static void head_ends(uint8_t *block, tl_rng *r) {
    memset(block, tl_rng_below(r, 2) ? 255 : 0, 192);
    memset(block + 192, tl_rng_below(r, 2) ? 127 : -128, 16);
}

HEAD_ROUNDED(q6_k, "Q6_K", a16, "16-bit activations");
