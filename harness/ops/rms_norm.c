/* rms_norm: RMSNorm of f32 activations. */
#include "harness/op.h"
#include "reference/oracle.h"

static size_t matrix(tk_shape s) {
    return s.n * s.k;
}
static size_t columns(tk_shape s) {
    return s.k;
}
static size_t one(tk_shape s) {
    (void)s;
    return 1;
}
static size_t tokens(tk_shape s) {
    return s.n;
}

static const tl_array_spec arrays[] = {
    {"x", TL_F32, TL_IN, offsetof(tk_args, x), matrix, false},
    {"w", TL_F32, TL_IN, offsetof(tk_args, w), columns, false},
    {"eps", TL_F32, TL_IN, offsetof(tk_args, x2), one, false},
    {"y", TL_F32, TL_OUT, offsetof(tk_args, y), matrix, false},
};

static size_t owner(const tl_array_spec *spec, tk_shape s, size_t element) {
    (void)spec;
    return element / s.k;
}

/* The class in most tokens, ordinary ones between them. */
static void fill(tl_case *c, int cls, tl_rng *r) {
    const size_t k = c->shape.k;
    for (size_t t = 0; t < c->shape.n; t++)
        tl_fill_floats((float *)c->data[0] + t * k, k, t % 3 == 1 ? 0 : cls, r);
    tl_fill_floats(c->data[1], k, 0, r);
    *(float *)c->data[2] = tl_rng_below(r, 4) ? 1e-5f : 0;
}

static void oracle(tl_case *c) {
    oracle_rms_norm(c->data[3], c->data[0], c->data[1], *(float *)c->data[2], c->shape.n, c->shape.k);
}

static tk_shape small(tl_rng *r, unsigned i) {
    size_t k = i < 140 ? i : tl_rng_below(r, tl_rng_below(r, 40) ? 400 : 9000);
    return (tk_shape){1, k, tl_rng_below(r, 4) ? tl_rng_below(r, 6) : 1};
}

static double bytes(tk_shape s, const tk_layout *layout) {
    (void)layout;
    return 4.0 * (2.0 * (double)matrix(s) + (double)s.k);
}

static double ops(tk_shape s) {
    return (double)s.m * (double)s.k * (double)s.n;
}

const tl_op tl_op_rms_norm = {.name = "rms_norm",
                              .what = "RMSNorm of f32 activations",
                              .arrays = arrays,
                              .narrays = sizeof arrays / sizeof *arrays,
                              .extent = tokens,
                              .axis = "N",
                              .owner = owner,
                              .classes = tl_float_pattern_names,
                              .fill = fill,
                              .oracle = oracle,
                              .small = small,
                              .bytes = bytes,
                              .ops = ops};
