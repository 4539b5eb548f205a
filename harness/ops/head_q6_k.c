/* head_q6_k: logits over Q6_K weights. */
#include "harness/ops/head.h"

static size_t head_w(tk_shape s) {
    return s.k % 256 ? 0 : s.m * (s.k / 256) * 210;
}

static void head_block(uint8_t *block, bool any, tl_rng *r) {
    if (!any)
        head_number(block + 208, false, 0.0001f, r);
}

static void fill(tl_case *c, int cls, tl_rng *r) {
    head_fill(c, cls, 210, r);
}

static void oracle(tl_case *c) {
    oracle_head_q6_k(c->data[2], c->data[0], c->data[1], c->shape.m, c->shape.k, c->shape.n);
}

static tk_shape small(tl_rng *r, unsigned i) {
    const size_t k = 256 * (1 + tl_rng_below(r, 4));
    (void)i;
    return (tk_shape){tl_rng_below(r, 12), k, tl_rng_below(r, 3) ? 1 : tl_rng_below(r, 5)};
}

const tl_op tl_op_head_q6_k = {.name = "head_q6_k",
                               .what = "output head over Q6_K weights, f32 activations",
                               .arrays = head_arrays,
                               .narrays = sizeof head_arrays / sizeof *head_arrays,
                               .extent = head_rows,
                               .axis = "M",
                               .owner = head_owner,
                               .classes = tl_float_pattern_names,
                               .fill = fill,
                               .oracle = oracle,
                               .small = small,
                               .bytes = head_bytes,
                               .ops = head_ops,
                               .shapes = head_shapes};
