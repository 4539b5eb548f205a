/* head_q8_0_a16: logits over Q8_0 weights, activations rounded to 16 bits. */
#include "harness/ops/head_a16.h"

static size_t head_w(tk_shape s) {
    return s.k % 32 ? 0 : s.m * (s.k / 32) * 34;
}

static void head_block(uint8_t *block, bool any, tl_rng *r) {
    if (!any)
        head_number(block, false, 0.001f, r);
}

static void head_ends(uint8_t *block, tl_rng *r) {
    memset(block + 2, tl_rng_below(r, 2) ? 127 : -128, 32);
}

static uint8_t *head_scale(uint8_t *block) {
    return block;
}

static void fill(tl_case *c, int cls, tl_rng *r) {
    head_a16_fill(c, cls, 34, r);
}

static void oracle(tl_case *c) {
    oracle_head_q8_0_a16(c->data[2], c->data[0], c->data[1], c->shape.m, c->shape.k, c->shape.n);
}

static tk_shape small(tl_rng *r, unsigned i) {
    const size_t k = 32 * (1 + tl_rng_below(r, 12));
    (void)i;
    return (tk_shape){tl_rng_below(r, 12), k, tl_rng_below(r, 3) ? 1 : tl_rng_below(r, 5)};
}

const tl_op tl_op_head_q8_0_a16 = {.name = "head_q8_0_a16",
                                   .what = "output head over Q8_0 weights, 16-bit activations",
                                   .arrays = head_arrays,
                                   .narrays = sizeof head_arrays / sizeof *head_arrays,
                                   .extent = head_rows,
                                   .axis = "M",
                                   .owner = head_owner,
                                   .classes = head_a16_classes,
                                   .fill = fill,
                                   .oracle = oracle,
                                   .small = small,
                                   .bytes = head_bytes,
                                   .ops = head_ops,
                                   .integer_ops = true,
                                   .shapes = head_shapes};
