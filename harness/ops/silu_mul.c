/* silu_mul: SiLU x up, elementwise. */
#include "harness/op.h"
#include "reference/oracle.h"

static size_t count(tk_shape s) {
    return s.k;
}

static const tl_array_spec arrays[] = {
    {"gate", TL_F32, TL_IN, offsetof(tk_args, x), count, false},
    {"up", TL_F32, TL_IN, offsetof(tk_args, x2), count, false},
    {"y", TL_F32, TL_OUT, offsetof(tk_args, y), count, false},
};

static size_t owner(const tl_array_spec *spec, tk_shape s, size_t element) {
    (void)spec;
    (void)s;
    return element;
}

static void fill(tl_case *c, int cls, tl_rng *r) {
    tl_fill_floats(c->data[0], c->shape.k, cls, r);
    tl_fill_floats(c->data[1], c->shape.k, tl_rng_below(r, 3) ? 0 : cls, r);
    float *gate = c->data[0];
    for (size_t i = 0; i < c->shape.k && cls == 0; i++) /* where e^x over- and underflows */
        gate[i] *= tl_rng_below(r, 2) ? 1 : 40;
}

static void oracle(tl_case *c) {
    oracle_silu_mul(c->data[2], c->data[0], c->data[1], c->shape.k);
}

static tk_shape small(tl_rng *r, unsigned i) {
    return (tk_shape){1, i < 140 ? i : tl_rng_below(r, tl_rng_below(r, 50) ? 700 : 20000), 1};
}

static double bytes(tk_shape s, const tk_layout *layout) {
    (void)layout;
    return 12.0 * (double)s.k;
}

static double ops(tk_shape s) {
    return (double)s.m * (double)s.k * (double)s.n;
}

const tl_op tl_op_silu_mul = {.name = "silu_mul",
                              .what = "SiLU x up, elementwise",
                              .arrays = arrays,
                              .narrays = sizeof arrays / sizeof *arrays,
                              .extent = count,
                              .axis = "K",
                              .owner = owner,
                              .classes = tl_float_pattern_names,
                              .fill = fill,
                              .oracle = oracle,
                              .small = small,
                              .bytes = bytes,
                              .ops = ops};
