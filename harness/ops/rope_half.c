/* rope_half: rotary embedding, pairs half a head apart. */
#include "harness/ops/rope.h"
#include "reference/oracle.h"

static void oracle(tl_case *c) {
    oracle_rope_half(c->data[2], c->data[0], c->data[1], c->shape.n, c->shape.m, c->shape.k);
}

const tl_op tl_op_rope_half = {.name = "rope_half",
                               .what = "rotary embedding, pairs half a head apart",
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
