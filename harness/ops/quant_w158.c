/* quant_w158: weights f32[M][K] to ternary int8, one absmean scale a tensor. */
#include "harness/op.h"
#include "reference/oracle.h"

#include <math.h>

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

enum { TIES_AT_HALF = TL_FLOAT_PATTERNS, SUM_ORDER };
static const char *const classes[] = {TL_FLOAT_PATTERN_LIST, "ties-at-half", "sum-order", NULL};

static float random_sign(tl_rng *r) {
    return tl_rng_next(r) & 1 ? 1.0f : -1.0f;
}

/* Pairs of m/2 and 3m/2: the mean is m exactly, so W*s of every second weight is 1/2 or one rounding off. */
static void fill_ties(float *x, size_t n, tl_rng *r) {
    float odd = tl_rng_below(r, 2) ? 1.0f : (float)(1 + tl_rng_below(r, 1 << 20));
    float m = ldexpf(odd, -(int)tl_rng_below(r, 16));
    for (size_t i = 0; i + 1 < n; i += 2) {
        size_t small_one = tl_rng_below(r, 2);
        x[i + small_one] = random_sign(r) * 0.5f * m;
        x[i + 1 - small_one] = random_sign(r) * 1.5f * m;
    }
    if (n % 2)
        x[n - 1] = m;
}

static float one_to_two(tl_rng *r) {
    return 1 + (float)tl_rng_below(r, 1 << 23) * 0x1p-23f;
}

/* Any order of adding gives the same float mean nearly always, as a double has bits to spare. Here it does not:
 * one large weight, so that every grain added to it is rounded, and two more that put the exact mean halfway
 * between two floats. The errors of the order in use decide which one it is. The mean is 1 to 1.4 times a power
 * of two, where 1/(1/mean) keeps neighbours apart. */
static void fill_sum_order(float *x, size_t n, tl_rng *r) {
    size_t at = tl_rng_below(r, n), one = (at + 1) % n, two = (at + 2 + tl_rng_below(r, n - 2)) % n;
    float count = (float)n, large = count * (1 + 0.4f * (one_to_two(r) - 1)) * 0x1p20f;
    double rest = 0;
    for (size_t i = 0; i < n; i++) {
        x[i] = random_sign(r) * ldexpf(one_to_two(r), ilogbf(large) - 52 + (int)tl_rng_below(r, 3));
        rest += i == at || i == one || i == two ? 0 : fabs((double)x[i]);
    }
    float mean = (float)(((double)large + rest) / (double)n);
    double halfway = ((double)mean + (double)nextafterf(mean, INFINITY)) / 2;
    double left = (double)n * halfway - (double)large - rest;
    x[at] = random_sign(r) * large;
    x[one] = nextafterf((float)left, 0);
    x[two] = (float)(left - (double)x[one]);
}

static void fill(tl_case *c, int cls, tl_rng *r) {
    size_t n = matrix(c->shape);
    if (cls == TIES_AT_HALF)
        fill_ties(c->data[0], n, r);
    else if (cls == SUM_ORDER && n > 2)
        fill_sum_order(c->data[0], n, r);
    else
        tl_fill_floats(c->data[0], n, cls, r);
}

static void oracle(tl_case *c) {
    oracle_quant_w158(c->data[1], c->data[2], c->data[0], c->shape.m, c->shape.k);
}

static tk_shape small(tl_rng *r, unsigned i) {
    /* By chance, not by i: the class is i modulo their number, and every class must meet every shape. */
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
                                .classes = classes,
                                .fill = fill,
                                .oracle = oracle,
                                .small = small,
                                .bytes = bytes,
                                .ops = ops,
                                .shapes_from_file = true};
