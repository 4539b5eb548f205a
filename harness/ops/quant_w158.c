/* quant_w158: weights f32[M][K] to ternary int8, one absmean scale a tensor. */
#include "harness/op.h"
#include "reference/oracle.h"

static size_t matrix(tk_shape s) {
    return s.m * s.k;
}
static size_t rows(tk_shape s) {
    return s.m;
}
static size_t one(tk_shape s) {
    (void)s;
    return 1;
}

static const tl_array_spec arrays[] = {
    {"x", TL_F32, TL_IN, offsetof(tk_args, x), matrix, false},
    {"y", TL_I8, TL_OUT, offsetof(tk_args, y), matrix, false},
    {"scale", TL_F32, TL_OUT, offsetof(tk_args, scale), one, true},
};

static size_t owner(const tl_array_spec *spec, tk_shape s, size_t element) {
    (void)spec;
    return element / s.k;
}

static void fill(tl_case *c, int cls, tl_rng *r) {
    tl_fill_floats(c->data[0], matrix(c->shape), cls, r);
}

static void oracle(tl_case *c) {
    oracle_quant_w158(c->data[1], c->data[2], c->data[0], c->shape.m, c->shape.k);
}

static tk_shape small(tl_rng *r, unsigned i) {
    /* By chance, not by i: the class is i modulo the number of classes, and every class must meet every shape.
     */
    size_t k = i < 140 ? i : tl_rng_below(r, tl_rng_below(r, 40) ? 300 : 5000);
    return (tk_shape){tl_rng_below(r, 4) ? tl_rng_below(r, 7) : 1, k, 1};
}

static double bytes(tk_shape s, const tk_layout *layout) {
    (void)layout;
    return 5.0 * (double)matrix(s);
}

static double ops(tk_shape s) {
    return (double)matrix(s);
}

const tl_op tl_op_quant_w158 = {.name = "quant_w158",
                                .what = "weights f32 -> ternary int8, absmean per tensor",
                                .arrays = arrays,
                                .narrays = 3,
                                .extent = rows,
                                .axis = "M",
                                .owner = owner,
                                .classes = tl_float_pattern_names,
                                .fill = fill,
                                .oracle = oracle,
                                .small = small,
                                .bytes = bytes,
                                .ops = ops,
                                .shapes_from_file = true};
