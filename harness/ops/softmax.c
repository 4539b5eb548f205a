/* softmax: softmax of each row. */
#include "harness/op.h"
#include "reference/oracle.h"

static size_t matrix(tk_shape s) {
    return s.n * s.k;
}
static size_t rows(tk_shape s) {
    return s.n;
}

static const tl_array_spec arrays[] = {
    {"x", TL_F32, TL_IN, offsetof(tk_args, x), matrix, false},
    {"y", TL_F32, TL_OUT, offsetof(tk_args, y), matrix, false},
};

static size_t owner(const tl_array_spec *spec, tk_shape s, size_t element) {
    (void)spec;
    return element / s.k;
}

static void fill(tl_case *c, int cls, tl_rng *r) {
    const size_t k = c->shape.k;
    for (size_t t = 0; t < c->shape.n; t++) {
        float *x = (float *)c->data[0] + t * k;
        tl_fill_floats(x, k, t % 3 == 1 ? 0 : cls, r);
        for (size_t i = 0; i < k && cls == 0; i++)
            x[i] *= t % 2 ? 30 : 1;
    }
}

static void oracle(tl_case *c) {
    oracle_softmax(c->data[1], c->data[0], c->shape.n, c->shape.k);
}

static tk_shape small(tl_rng *r, unsigned i) {
    size_t k = i < 140 ? i : tl_rng_below(r, tl_rng_below(r, 40) ? 400 : 9000);
    return (tk_shape){1, k, tl_rng_below(r, 4) ? tl_rng_below(r, 6) : 1};
}

static double bytes(tk_shape s, const tk_layout *layout) {
    (void)layout;
    return 8.0 * (double)matrix(s);
}

static double ops(tk_shape s) {
    return (double)s.m * (double)s.k * (double)s.n;
}

const tl_op tl_op_softmax = {.name = "softmax",
                             .what = "softmax of each row",
                             .arrays = arrays,
                             .narrays = sizeof arrays / sizeof *arrays,
                             .extent = rows,
                             .axis = "N",
                             .owner = owner,
                             .classes = tl_float_pattern_names,
                             .fill = fill,
                             .oracle = oracle,
                             .small = small,
                             .bytes = bytes,
                             .ops = ops};
