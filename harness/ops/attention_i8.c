/* attention_i8: softmax(q . K / sqrt(dim)) . V for the heads of one KV head. */
#include "harness/ops/attention.h"
#include "kernels/f32/f32.h"
#include "reference/oracle.h"
#include <math.h>

static size_t scales(tk_shape s) {
    return 2 * s.g;
}

static const tl_array_spec arrays[] = {
    {"q", TL_F32, TL_IN, offsetof(tk_args, x), attention_rows, false},
    {"k", TL_I8, TL_IN, offsetof(tk_args, w), attention_cache, false},
    {"v", TL_I8, TL_IN, offsetof(tk_args, x2), attention_cache, false},
    {"scales", TL_F32, TL_IN, offsetof(tk_args, x3), scales, false},
    {"y", TL_F32, TL_OUT, offsetof(tk_args, y), attention_rows, false},
};

static void fill_cache(int8_t *b, size_t n, tl_rng *r) {
    for (size_t i = 0; i < n; i++)
        b[i] = (int8_t)tl_rng_next(r);
}

/* Ordinary ones. Of denormals: all around 2^-100, below which weights count as 0. Of NaN, every other time:
 * those of the last position alone, which tokens before it must not see. Where any bits are: some of any. */
static void fill_scales(float *x, size_t n, int cls, tl_rng *r) {
    const float all = cls == 3 ? ldexpf(1, -84 - (int)tl_rng_below(r, 24)) : 1;
    const bool last = cls == 6 && tl_rng_below(r, 2);
    for (size_t i = 0; i < n; i++) {
        const uint64_t u = tl_rng_next(r);
        x[i] = fabsf(tl_rng_normal(r)) / 127 * all;
        if ((cls == 5 || cls == 6 || cls == 10) && !last && (u >> 32) % 16 == 0)
            x[i] = f32_from_bits((uint32_t)u);
    }
    for (size_t i = n - 2; last && i < n; i++)
        x[i] = NAN;
}

static void fill(tl_case *c, int cls, tl_rng *r) {
    attention_queries(c->data[0], c->shape, cls, r);
    fill_cache(c->data[1], attention_cache(c->shape), r);
    fill_cache(c->data[2], attention_cache(c->shape), r);
    fill_scales(c->data[3], scales(c->shape), cls, r);
}

static void oracle(tl_case *c) {
    const tk_shape s = c->shape;
    oracle_attention_i8(c->data[4], c->data[0], c->data[1], c->data[2], c->data[3], s.n, s.m, s.k, s.g);
}

static double bytes(tk_shape s, const tk_layout *layout) {
    (void)layout;
    return 2.0 * (double)attention_cache(s) + 8.0 * (double)s.g + 8.0 * (double)attention_rows(s);
}

const tl_op tl_op_attention_i8 = {.name = "attention_i8",
                                  .what = "attention over an int8 KV cache",
                                  .arrays = arrays,
                                  .narrays = sizeof arrays / sizeof *arrays,
                                  .extent = attention_tokens,
                                  .axis = "N",
                                  .owner = attention_owner,
                                  .classes = tl_float_pattern_names,
                                  .fill = fill,
                                  .oracle = oracle,
                                  .small = attention_small,
                                  .bytes = bytes,
                                  .ops = attention_ops,
                                  .shapes = attention_shapes};
