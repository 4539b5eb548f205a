/* head_q6_k_a16: logits over Q6_K weights, activations rounded to 16 bits. */
#include "harness/ops/head_a16.h"

static size_t head_w(tk_shape s) {
    return s.k % 256 ? 0 : s.m * (s.k / 256) * 210;
}

static void head_block(uint8_t *block, bool any, tl_rng *r) {
    if (!any)
        head_number(block + 208, false, 0.0001f, r);
}

static void head_ends(uint8_t *block, tl_rng *r) {
    memset(block, tl_rng_below(r, 2) ? 255 : 0, 192);
    memset(block + 192, tl_rng_below(r, 2) ? 127 : -128, 16);
}

static uint8_t *head_scale(uint8_t *block) {
    return block + 208;
}

static void fill(tl_case *c, int cls, tl_rng *r) {
    head_a16_fill(c, cls, 210, r);
}

static void oracle(tl_case *c) {
    oracle_head_q6_k_a16(c->data[2], c->data[0], c->data[1], c->shape.m, c->shape.k, c->shape.n);
}

static tk_shape small(tl_rng *r, unsigned i) {
    const size_t k = 256 * (1 + tl_rng_below(r, 4));
    (void)i;
    return (tk_shape){tl_rng_below(r, 12), k, tl_rng_below(r, 3) ? 1 : tl_rng_below(r, 5)};
}

const tl_op tl_op_head_q6_k_a16 = {.name = "head_q6_k_a16",
                                   .what = "output head over Q6_K weights, 16-bit activations",
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
