/* head_f32: logits over F32 weights. */
#include "harness/ops/head.h"

#include <string.h>

static size_t head_w(tk_shape s) {
    return 4 * s.m * s.k;
}

static void head_block(uint8_t *block, bool any, tl_rng *r) {
    const float x = tl_rng_normal(r) * 0.05f;
    if (!any)
        memcpy(block, &x, sizeof x);
}

static void fill(tl_case *c, int cls, tl_rng *r) {
    head_fill(c, cls, 4, r);
}

static void oracle(tl_case *c) {
    oracle_head_f32(c->data[2], c->data[0], c->data[1], c->shape.m, c->shape.k, c->shape.n);
}

static tk_shape small(tl_rng *r, unsigned i) {
    const size_t k = 1 + tl_rng_below(r, 200);
    (void)i;
    return (tk_shape){tl_rng_below(r, 12), k, tl_rng_below(r, 3) ? 1 : tl_rng_below(r, 5)};
}

const tl_op tl_op_head_f32 = {.name = "head_f32",
                              .what = "output head over F32 weights, f32 activations",
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
