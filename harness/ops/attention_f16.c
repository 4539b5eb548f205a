/* attention_f16: softmax(q . K / sqrt(dim)) . V for the heads of one KV head. */
#include "harness/ops/attention.h"
#include "kernels/f32/f16.h"
#include "reference/oracle.h"

static const tl_array_spec arrays[] = {
    {"q", TL_F32, TL_IN, offsetof(tk_args, x), attention_rows, false},
    {"k", TL_U16, TL_IN, offsetof(tk_args, w), attention_cache, false},
    {"v", TL_U16, TL_IN, offsetof(tk_args, x2), attention_cache, false},
    {"y", TL_F32, TL_OUT, offsetof(tk_args, y), attention_rows, false},
};

/* Ordinary values; in the classes "inf", "nan" and "all-bits" any bits at all, denormals with "denormals". */
static void fill_cache(uint16_t *h, size_t n, int cls, tl_rng *r) {
    for (size_t i = 0; i < n; i++) {
        const uint64_t u = tl_rng_next(r);
        h[i] = f16_from_f32(tl_rng_normal(r));
        if (cls == 3)
            h[i] = (uint16_t)(u & 0x83ff);
        if ((cls == 5 || cls == 6 || cls == 10) && u >> 32 & 1)
            h[i] = (uint16_t)u;
    }
}

static void fill(tl_case *c, int cls, tl_rng *r) {
    attention_queries(c->data[0], c->shape, cls, r);
    fill_cache(c->data[1], attention_cache(c->shape), cls, r);
    fill_cache(c->data[2], attention_cache(c->shape), cls, r);
}

static void oracle(tl_case *c) {
    const tk_shape s = c->shape;
    oracle_attention_f16(c->data[3], c->data[0], c->data[1], c->data[2], s.n, s.m, s.k, s.g);
}

static double bytes(tk_shape s, const tk_layout *layout) {
    (void)layout;
    return 4.0 * (double)attention_cache(s) + 8.0 * (double)attention_rows(s);
}

const tl_op tl_op_attention_f16 = {.name = "attention_f16",
                                   .what = "attention over an F16 KV cache",
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
