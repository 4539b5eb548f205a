/* rope_pairs: rotary embedding, pairs of neighbours. */
#include "harness/ops/rope.h"
#include "reference/oracle.h"

static void oracle(tl_case *c) {
    oracle_rope_pairs(c->data[2], c->data[0], c->data[1], c->shape.n, c->shape.m, c->shape.k);
}

const tl_op tl_op_rope_pairs = {.name = "rope_pairs",
                                .what = "rotary embedding, pairs of neighbours",
                                .arrays = rope_arrays,
                                .narrays = sizeof rope_arrays / sizeof *rope_arrays,
                                .extent = rope_heads,
                                .axis = "N*M",
                                .owner = rope_owner,
                                .classes = tl_float_pattern_names,
                                .fill = rope_fill,
                                .oracle = oracle,
                                .small = rope_small,
                                .bytes = rope_bytes,
                                .ops = rope_ops};
