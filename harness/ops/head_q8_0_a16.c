/* head_q8_0_a16: logits over Q8_0 weights, activations rounded to 16 bits. */
enum { COLUMNS = 32, BYTES = 34, SCALE_AT = 0, MOST = 12 };
#define DEVIATION 0.001f

#include "harness/ops/head_a16.h"

static void head_ends(uint8_t *block, tl_rng *r) {
    memset(block + 2, tl_rng_below(r, 2) ? 127 : -128, 32);
}

HEAD_A16(q8_0, "Q8_0");
