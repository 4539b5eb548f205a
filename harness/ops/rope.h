/* rope.h: what the adapters of rope_half and rope_pairs share: all but the oracle. */
#ifndef TL_OPS_ROPE_H
#define TL_OPS_ROPE_H

#include "harness/op.h"
#include "kernels/rope/rope.h"

#include <stdlib.h>

static size_t rope_values(tk_shape s) {
    return s.n * s.m * s.k;
}
static size_t rope_table(tk_shape s) {
    return s.n * s.k;
}
static size_t rope_heads(tk_shape s) {
    return s.n * s.m;
}

static const tl_array_spec rope_arrays[] = {
    {"x", TL_F32, TL_IN, offsetof(tk_args, x), rope_values, false},
    {"table", TL_F32, TL_IN, offsetof(tk_args, x2), rope_table, false},
    {"y", TL_F32, TL_OUT, offsetof(tk_args, y), rope_values, false},
};

static size_t rope_owner(const tl_array_spec *spec, tk_shape s, size_t element) {
    (void)spec;
    return element / s.k;
}

static void rope_fill(tl_case *c, int cls, tl_rng *r) {
    const size_t heads = rope_heads(c->shape), k = c->shape.k;
    for (size_t h = 0; h < heads; h++)
        tl_fill_floats((float *)c->data[0] + h * k, k, h % 3 == 1 ? 0 : cls, r);
    for (size_t n = 0; n < c->shape.n && k % 2 == 0; n++)
        tk_rope_table((float *)c->data[1] + n * k, (uint32_t)tl_rng_below(r, 5000), k, 500000);
}

static tk_shape rope_small(tl_rng *r, unsigned i) {
    static const size_t dims[] = {2, 4, 6, 8, 14, 16, 30, 32, 34, 64, 96, 100, 128, 256, 0, 62};
    (void)i;
    return (tk_shape){tl_rng_below(r, 7), dims[tl_rng_below(r, 16)], tl_rng_below(r, 5)};
}

static double rope_bytes(tk_shape s, const tk_layout *layout) {
    (void)layout;
    return 4.0 * (2.0 * (double)rope_values(s) + (double)rope_table(s));
}

static double rope_ops(tk_shape s) {
    return (double)rope_values(s);
}

#endif
