/* wrong.h: right plain-C bodies for the ops, so that each wrong kernel is wrong in exactly one way. */
#ifndef TL_WRONG_H
#define TL_WRONG_H

#include "harness/parity.h"

#include <math.h>
#include <string.h>

extern const tk_isa tk_isa_generic;

/* A descriptor outside the registry: `ternlab list` never shows it. */
#define WRONG_KERNEL(id, op_, layout_, run_)                                                                   \
    static const tk_kernel id = {.name = #id,                                                                  \
                                 .op = op_,                                                                    \
                                 .format = "wrong",                                                            \
                                 .trick = "",                                                                  \
                                 .isa = &tk_isa_generic,                                                       \
                                 .layout = layout_,                                                            \
                                 .run = run_}

static inline float ternary(int8_t w) {
    return w >= -1 && w <= 1 ? (float)w : 0.0f;
}

/* Elements [from, to) of ternary_mul. */
static inline void mul(const tk_args *a, size_t from, size_t to) {
    for (size_t i = from; i < to; i++)
        ((float *)a->y)[i] = ((const float *)a->x)[i] * ternary(((const int8_t *)a->w)[i]);
}

/* Code of weight (m, k) in canonical I2_S: 128 weights in 32 bytes, the first in the high bits. */
static inline int code(const tk_args *a, size_t m, size_t k) {
    size_t e = m * a->shape.k + k;
    return (((const uint8_t *)a->w)[32 * (e / 128) + e % 32] >> (6 - 2 * (e % 128 / 32))) & 3;
}

static inline int q_at(const tk_args *a, size_t n, size_t k) {
    return ((const int8_t *)a->x)[n * a->shape.k + k];
}

/* One output of gemv over the first `columns` columns. */
static inline int32_t dot(const tk_args *a, size_t m, size_t n, size_t columns) {
    int32_t sum = 0;
    for (size_t k = 0; k < columns; k++)
        sum += (code(a, m, k) - 1) * q_at(a, n, k);
    return sum;
}

static inline int32_t *out(const tk_args *a, size_t m, size_t n) {
    return (int32_t *)a->y + n * a->shape.m + m;
}

/* The right answer of quant_a8 for token t; the parts that wrong kernels replace are parameters. */
typedef struct quant_rules {
    float (*round)(float);
    double floor_at; /* 0 = none */
    bool signed_max, inverted, hide_nan;
} quant_rules;

static inline void quant_token(const tk_args *a, size_t t, quant_rules r) {
    size_t k = a->shape.k;
    const float *x = (const float *)a->x + t * k;
    int8_t *q = (int8_t *)a->y + t * k;
    double amax = 0;
    bool finite = true;
    for (size_t i = 0; i < k; i++) {
        finite &= isfinite(x[i]) != 0;
        amax = fmax(amax, r.signed_max ? (double)x[i] : fabs((double)x[i]));
    }
    finite |= r.hide_nan;
    float s = (float)(127.0 / fmax(amax, r.floor_at));
    a->scale[t] = finite ? (r.inverted ? 1.0f / s : s) : NAN;
    a->sum[t] = 0;
    for (size_t i = 0; i < k; i++) {
        float v = finite && isfinite(x[i] * s) ? r.round(x[i] * s) : 0;
        q[i] = (int8_t)(v > 127 ? 127 : v < -128 ? -128 : v);
        a->sum[t] += q[i];
    }
}

#endif
