/* i2s_mul: y = x * t(w), elementwise; t keeps {-2,-1,0,1}. */
#include "harness/op.h"
#include "reference/oracle.h"

static size_t count(tk_shape s) {
    return s.k;
}

static const tl_array_spec arrays[] = {
    {"w", TL_I8, TL_IN, offsetof(tk_args, w), count, false},
    {"x", TL_F32, TL_IN, offsetof(tk_args, x), count, false},
    {"y", TL_F32, TL_OUT, offsetof(tk_args, y), count, false},
};

static size_t owner(const tl_array_spec *spec, tk_shape s, size_t element) {
    (void)spec;
    (void)s;
    return element;
}

/* The float patterns, then weights of the table or any byte (odd classes). */
static void fill(tl_case *c, int cls, tl_rng *r) {
    int8_t *w = c->data[0];
    tl_fill_floats(c->data[1], c->shape.k, cls, r);
    bool any = cls && tl_rng_below(r, 4) == 0;
    for (size_t i = 0; i < c->shape.k; i++)
        w[i] = any ? (int8_t)tl_rng_next(r) : (int8_t)((int)tl_rng_below(r, 4) - 2);
}

static void oracle(tl_case *c) {
    oracle_i2s_mul(c->data[2], c->data[1], c->data[0], c->shape.k);
}

static tk_shape small(tl_rng *r, unsigned i) {
    return (tk_shape){1, i < 140 ? i : tl_rng_below(r, tl_rng_below(r, 50) ? 700 : 20000), 1};
}

static double bytes(tk_shape s, const tk_layout *layout) {
    (void)layout;
    return 9.0 * (double)s.k;
}

static double ops(tk_shape s) {
    return (double)s.k;
}

const tl_op tl_op_i2s_mul = {.name = "i2s_mul",
                             .what = "f32 x int8 through the table {-2,-1,0,1}, elementwise",
                             .arrays = arrays,
                             .narrays = 3,
                             .extent = count,
                             .axis = "K",
                             .owner = owner,
                             .classes = tl_float_pattern_names,
                             .fill = fill,
                             .oracle = oracle,
                             .small = small,
                             .bytes = bytes,
                             .ops = ops};
