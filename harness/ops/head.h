/* head.h: what the adapters of the output head share: all but the type of the weights. Weights are random
 * blocks with scales that are ordinary numbers, or any bits at all in the classes "inf", "nan" and "all-bits".
 */
#ifndef TL_OPS_HEAD_H
#define TL_OPS_HEAD_H

#include "harness/op.h"
#include "kernels/f32/f16.h"
#include "reference/oracle.h"

static size_t head_rows(tk_shape s) {
    return s.m;
}
static size_t head_x(tk_shape s) {
    return s.n * s.k;
}
static size_t head_y(tk_shape s) {
    return s.n * s.m;
}
static size_t head_w(tk_shape s);

static const tl_array_spec head_arrays[] = {
    {"w", TL_U8, TL_IN, offsetof(tk_args, w), head_w, false},
    {"x", TL_F32, TL_IN, offsetof(tk_args, x), head_x, false},
    {"y", TL_F32, TL_OUT, offsetof(tk_args, y), head_y, false},
};

static size_t head_owner(const tl_array_spec *spec, tk_shape s, size_t element) {
    (void)spec;
    return element % s.m;
}

/* An F16 or BF16 number of normal size. */
static inline void head_number(uint8_t *to, bool brain, float deviation, tl_rng *r) {
    const float x = tl_rng_normal(r) * deviation;
    const uint16_t h = brain ? bf16_from_f32(x) : f16_from_f32(x);
    to[0] = (uint8_t)h;
    to[1] = (uint8_t)(h >> 8);
}

static void head_block(uint8_t *block, bool any, tl_rng *r);

static void head_fill(tl_case *c, int cls, size_t block, tl_rng *r) {
    const size_t bytes = head_w(c->shape);
    const bool any = cls == 5 || cls == 6 || cls == 10;
    tl_rng_bytes(r, c->data[0], bytes);
    for (size_t i = 0; i + block <= bytes; i += block)
        head_block((uint8_t *)c->data[0] + i, any && tl_rng_below(r, 4) == 0, r);
    /* "denormals": of the activations, or of half of 16-bit weights (BF16: tiny), not both: products would
     * vanish. */
    const bool weights = cls == 3 && block == 2 && tl_rng_below(r, 2);
    for (size_t i = 1; i < bytes && weights; i += 2)
        ((uint8_t *)c->data[0])[i] &= (uint8_t)(tl_rng_next(r) & 1 ? 0x83 : 0xff);
    for (size_t n = 0; n < c->shape.n; n++)
        tl_fill_floats((float *)c->data[1] + n * c->shape.k, c->shape.k, n % 2 || weights ? 0 : cls, r);
}

static double head_bytes(tk_shape s, const tk_layout *layout) {
    (void)layout;
    return (double)head_w(s) + 4.0 * (double)(head_x(s) + head_y(s));
}

static double head_ops(tk_shape s) {
    return (double)s.m * (double)s.k * (double)s.n;
}

/* A sixteenth of the head of 2B-4T. */
static const tl_bench_shape head_shapes[] = {{"8016x2560", {8016, 2560, 1, 0}}, {NULL, {0, 0, 0, 0}}};

#endif
