/* head_q8_0_a16: logits over Q8_0 weights, activations rounded to 16 bits. */
enum { COLUMNS = 32, BYTES = 34, SCALE_AT = 0, MOST = 12, TOP = 32639 };
#define DEVIATION     0.001f
#define HEAD_LOW_ENDS -128, 127, -32639, 32639, 32384, -32385, 128, -129

#include "harness/ops/head_rounded.h"

static void head_ends(uint8_t *block, tl_rng *r) {
    memset(block + 2, tl_rng_below(r, 2) ? 127 : -128, 32);
}

HEAD_ROUNDED(q8_0, "Q8_0", a16, "16-bit activations");
