/* gemv_lossy: gemv through tables of 8 bits; kernels/gemv_lossy/lossy.h defines it and bounds its error. */
#include "harness/ops/gemv.h"
#include "reference/oracle.h"

#include <stdlib.h>

static size_t count_w(tk_shape s) {
    return s.m * s.k;
}
static size_t count_x(tk_shape s) {
    return s.n * s.k;
}
static size_t count_y(tk_shape s) {
    return s.n * s.m;
}
static size_t count_scale(tk_shape s) {
    return s.n;
}

static const tl_array_spec arrays[] = {
    {"w", TL_I8, TL_WEIGHT, offsetof(tk_args, w), count_w, false},
    {"x", TL_I8, TL_IN, offsetof(tk_args, x), count_x, false},
    {"y", TL_I32, TL_OUT, offsetof(tk_args, y), count_y, false},
    {"scale", TL_F32, TL_OUT, offsetof(tk_args, scale), count_scale, true},
};

enum { HALVES = 6, THIRDS = 7 };
static const char *const classes[] = {
    "random", "zero-weights", "one-sign", "zero-activations", "small", "extremes", "halves", "thirds", NULL};

/* Errors at the stated bound, or two thirds of it: with the largest group at 127 * step entries are e / step,
 * and every e is step - 1 modulo step, so all are rounded away from zero by 1 / step; reference/gemv_lossy.py
 * says more. Rows are of one sign by turns. A K below 96 has no group as large as 381: its thirds are of
 * another L. */
static void near_the_bound(tl_case *c, int step, tl_rng *r) {
    const size_t k = c->shape.k, k3 = k / 96 * 96;
    int8_t *w = c->data[0], *x = c->data[1];
    for (size_t i = 0, group; i < k; i += group) {
        group = i < k3 ? 3 : 2;
        for (size_t j = 0; j < group; j++)
            for (size_t n = 0; n < c->shape.n; n++) {
                const int wide = 40 / step, any = (int)tl_rng_below(r, 2 * (uint64_t)wide + 1) - wide;
                x[n * k + i + j] = (int8_t)(!i  ? (step == 2 ? 127 - (int)j : 127)
                                            : j ? step * any
                                                : step * abs(any) + step - 1);
            }
        for (size_t m = 0; m < c->shape.m; m++)
            for (size_t j = 0; j < group; j++) {
                const int8_t q = x[i + j]; /* of the first token; the others are what they are */
                const int value = !j   ? 1
                                  : !i ? j == 1 && group == 3
                                       : (int)tl_rng_below(r, 2) * ((q > 0) - (q < 0));
                w[m * k + i + j] = (int8_t)(m % 2 ? -value : value);
            }
    }
    for (size_t n = 0; n < c->shape.n && k && step == 2; n++)
        x[n * k + (k3 ? 2 : 1)] = k3 ? 1 : 127; /* 127 + 126 + 1, or 127 + 127: L = 254 */
}

static void fill(tl_case *c, int cls, tl_rng *r) {
    int8_t *w = c->data[0], *x = c->data[1];
    if ((cls == HALVES || cls == THIRDS) && c->shape.n) {
        near_the_bound(c, cls == HALVES ? 2 : 3, r);
        return;
    }
    for (size_t i = 0; i < count_w(c->shape); i++)
        w[i] = (int8_t)(cls == 1 ? 0 : cls == 2 ? 1 : (int)tl_rng_below(r, 3) - 1);
    for (size_t i = 0; i < count_x(c->shape); i++) {
        const int any = (int)tl_rng_below(r, 256) - 128;
        x[i] = (int8_t)(cls == 2   ? 127
                        : cls == 3 ? 0
                        : cls == 4 ? any % 3
                        : cls == 5 ? (any < 0 ? -128 : 127)
                                   : any);
    }
}

static void oracle(tl_case *c) {
    oracle_gemv_lossy(c->data[2], c->data[3], c->data[0], c->data[1], c->shape.m, c->shape.k, c->shape.n);
}

static tk_shape small(tl_rng *r, unsigned i) {
    (void)i;
    if (tl_rng_below(r, 40) == 0)
        return (tk_shape){32, 32 * (200 + tl_rng_below(r, 1225)), 1};
    return (tk_shape){32 * tl_rng_below(r, 8), 32 * (1 + tl_rng_below(r, 20)),
                      tl_rng_below(r, 3) ? 1 : tl_rng_below(r, 4)};
}

const tl_op tl_op_gemv_lossy = {.name = "gemv_lossy",
                                .what = "ternary matrix x int8 vector through 8-bit tables: a stated error",
                                .arrays = arrays,
                                .narrays = sizeof arrays / sizeof *arrays,
                                .extent = tl_gemv_extent,
                                .axis = "M",
                                .owner = tl_gemv_owner,
                                .classes = classes,
                                .fill = fill,
                                .oracle = oracle,
                                .small = small,
                                .bytes = tl_gemv_bytes,
                                .ops = tl_gemv_ops,
                                .integer_ops = true,
                                .shapes_from_file = true};
