/* quant_a8: activations f32[N][K] to int8, one absmax scale a token. */
#include "harness/op.h"
#include "reference/oracle.h"

#include <math.h>

static size_t matrix(tk_shape s) {
    return s.n * s.k;
}
static size_t tokens(tk_shape s) {
    return s.n;
}

static const tl_array_spec arrays[] = {
    {"x", TL_F32, TL_IN, offsetof(tk_args, x), matrix, false},
    {"y", TL_I8, TL_OUT, offsetof(tk_args, y), matrix, false},
    {"scale", TL_F32, TL_OUT, offsetof(tk_args, scale), tokens, false},
    {"sum", TL_I32, TL_OUT, offsetof(tk_args, sum), tokens, false},
};

static size_t owner(const tl_array_spec *spec, tk_shape s, size_t element) {
    return spec->type == TL_I8 ? element / s.k : element;
}

static const char *const classes[] = {TL_FLOAT_PATTERN_LIST, "near-ties", NULL};

/* Each x is the float nearest to (j + 1/2) / s: x*s is seldom a half before it is rounded to f32 and often one
 * after. A fused multiply, or a product in double, rounds some of them the other way. */
static void fill_near_ties(float *x, size_t k, tl_rng *r) {
    float amax = 0.1f + fabsf(tl_rng_normal(r)), s = (float)(127.0 / (double)amax);
    for (size_t i = 0; i < k; i++) {
        uint64_t u = tl_rng_next(r);
        x[i] = (u & 1 ? 1.0f : -1.0f) * ((float)((u >> 8) % 127) + 0.5f) / s;
    }
    if (k)
        x[tl_rng_below(r, k)] = amax;
}

static void fill(tl_case *c, int cls, tl_rng *r) {
    size_t k = c->shape.k;
    float *x = c->data[0];
    for (size_t t = 0; t < c->shape.n; t++, x += k) /* the class in most tokens, ordinary ones between them */
        if (t % 3 == 1)
            tl_fill_floats(x, k, 0, r);
        else if (cls < TL_FLOAT_PATTERNS)
            tl_fill_floats(x, k, cls, r);
        else
            fill_near_ties(x, k, r);
}

static void oracle(tl_case *c) {
    oracle_quant_a8(c->data[1], c->data[2], c->data[3], c->data[0], c->shape.n, c->shape.k);
}

static tk_shape small(tl_rng *r, unsigned i) {
    /* By chance, not by i: the class is i modulo their number, and every class must meet every shape. */
    size_t k = i < 140 ? i : tl_rng_below(r, tl_rng_below(r, 40) ? 400 : 9000);
    return (tk_shape){1, k, tl_rng_below(r, 4) ? tl_rng_below(r, 6) : 1};
}

static double bytes(tk_shape s, const tk_layout *layout) {
    (void)layout;
    return 5.0 * (double)matrix(s);
}

static double ops(tk_shape s) {
    return (double)matrix(s);
}

const tl_op tl_op_quant_a8 = {.name = "quant_a8",
                              .what = "activations f32 -> int8, absmax per token",
                              .arrays = arrays,
                              .narrays = 4,
                              .extent = tokens,
                              .axis = "N",
                              .owner = owner,
                              .classes = classes,
                              .fill = fill,
                              .oracle = oracle,
                              .small = small,
                              .bytes = bytes,
                              .ops = ops,
                              .shapes_from_file = true};
