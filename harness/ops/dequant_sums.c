/* dequant_sums: the int32 sums of GEMV and GEMM to f32 outputs. */
#include "harness/op.h"
#include "reference/oracle.h"

static size_t count_scales(tk_shape s) {
    return s.k;
}

static size_t count_tokens(tk_shape s) {
    return s.n;
}

static size_t count_sums(tk_shape s) {
    return s.m * s.n;
}

static size_t rows(tk_shape s) {
    return s.m;
}

static const tl_array_spec arrays[] = {
    {"scale", TL_F32, TL_IN, offsetof(tk_args, w), count_scales, false},
    {"sums", TL_I32, TL_IN, offsetof(tk_args, x), count_sums, false},
    {"a", TL_F32, TL_IN, offsetof(tk_args, x2), count_tokens, false},
    {"y", TL_F32, TL_OUT, offsetof(tk_args, y), count_sums, false},
};

static size_t owner(const tl_array_spec *spec, tk_shape s, size_t element) {
    (void)spec;
    return element % s.m;
}

/* Sums as they come from up to 45,568 columns, or any bits. */
static void fill(tl_case *c, int cls, tl_rng *r) {
    const bool any = tl_rng_below(r, 8) == 0;
    int32_t *sums = c->data[1];
    for (size_t i = 0; i < count_sums(c->shape); i++)
        sums[i] = any ? (int32_t)tl_rng_next(r) : (int32_t)tl_rng_below(r, 1u << 23) - (1 << 22);
    const bool first = tl_rng_below(r, 2);
    tl_fill_floats(c->data[0], c->shape.k, first ? cls : 0, r);
    tl_fill_floats(c->data[2], c->shape.n, first ? 0 : cls, r);
}

static void oracle(tl_case *c) {
    oracle_dequant_sums(c->data[3], c->data[1], c->data[2], c->data[0], c->shape.m, c->shape.k, c->shape.n);
}

static tk_shape small(tl_rng *r, unsigned i) {
    const size_t m = i < 140 ? i : tl_rng_below(r, tl_rng_below(r, 50) ? 700 : 20000);
    return (tk_shape){m, tl_rng_below(r, 2) && m ? m : 1, tl_rng_below(r, 5)};
}

static double bytes(tk_shape s, const tk_layout *layout) {
    (void)layout;
    return 8.0 * (double)count_sums(s) + 4.0 * (double)(s.k + s.n);
}

static double ops(tk_shape s) {
    return (double)s.m * (double)s.n;
}

/* Gate of 2B-4T for a token, and for a part of a prompt. */
static const tl_bench_shape shapes[] = {
    {"6912x1", {6912, 1, 1, 0}}, {"6912x1x128", {6912, 1, 128, 0}}, {NULL, {0, 0, 0, 0}}};

const tl_op tl_op_dequant_sums = {.name = "dequant_sums",
                                  .what = "int32 sums of GEMV and GEMM to f32 outputs",
                                  .arrays = arrays,
                                  .narrays = sizeof arrays / sizeof *arrays,
                                  .extent = rows,
                                  .axis = "M",
                                  .owner = owner,
                                  .classes = tl_float_pattern_names,
                                  .fill = fill,
                                  .oracle = oracle,
                                  .small = small,
                                  .bytes = bytes,
                                  .ops = ops,
                                  .shapes = shapes};
