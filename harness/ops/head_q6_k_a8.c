/* head_q6_k_a8: logits over Q6_K weights that find the largest ones, activations rounded to 8 bits. */
enum { COLUMNS = 256, BYTES = 210, SCALE_AT = 208, MOST = 4, TOP = 127 * 127 };
#define DEVIATION 0.0001f
/* Half of a step where the sixteenth reaches 127 times it, where a step ends and the next begins. */
#define HEAD_LOW_ENDS 63.5f, -63.5f, 127, 127.01f, -254, 254.01f, TOP, -TOP

#include "harness/ops/head_rounded.h"

static void head_ends(uint8_t *block, tl_rng *r) {
    memset(block, tl_rng_below(r, 2) ? 255 : 0, 192);
    memset(block + 192, tl_rng_below(r, 2) ? 127 : -128, 16);
}

HEAD_ROUNDED(q6_k, "Q6_K", a8, "8-bit activations: to screen");
