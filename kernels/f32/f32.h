/* f32.h: the float rules of the lab, in scalar form. Every ISA gives the same bits as these.
 *
 * - One operation at a time: multiply then add, never fused (-ffp-contract=off); true division and square root;
 *   denormals are kept.
 * - A sum over i has 16 lanes: lane i mod 16 adds its elements in order, starting from +0. Then one tree:
 *   l[i] + l[i+8], + 4, + 2, + 1. Error of a sum of n terms: at most (n/16 + 5) * 2^-24 * sum |terms|, to first
 *   order.
 * - A maximum is exact in any order; NaN is passed over and comes back through the arithmetic that follows. */
#ifndef TK_F32_H
#define TK_F32_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { F32_LANES = 16 };

static inline float f32_from_bits(uint32_t u) {
    float f;
    memcpy(&f, &u, 4);
    return f;
}

static inline uint32_t f32_bits(float f) {
    uint32_t u;
    memcpy(&u, &f, 4);
    return u;
}

/* The bits of the largest |x|: they have the order of the values, and NaN above Inf. */
static inline uint32_t f32_top_bits(const float *x, size_t n) {
    uint32_t top = 0;
    for (size_t i = 0; i < n; i++) {
        const uint32_t bits = f32_bits(x[i]) & 0x7fffffffu;
        top = bits > top ? bits : top;
    }
    return top;
}

static inline float f32_tree(const float lane[F32_LANES]) {
    float l[F32_LANES];
    memcpy(l, lane, sizeof l);
    for (size_t step = F32_LANES / 2; step; step /= 2)
        for (size_t i = 0; i < step; i++)
            l[i] += l[i + step];
    return l[0];
}

/* e^x. n = x / ln 2 rounded, r = x - n ln 2 in two parts (the first product is exact), a polynomial of degree 7
 * in r by Horner's rule, times 2^n in two exact steps so that only the last one rounds, also to a denormal. At
 * most 1.1 ulp from e^x (kernels/test/f32.c tries every 61st argument); e^-inf = 0, e^inf = inf, NaN stays NaN.
 */
#define F32_EXP_LOW    -104.0f /* below: 0 */
#define F32_EXP_HIGH   89.0f   /* above: inf */
#define F32_LOG2E      1.44269504f
#define F32_MAGIC      12582912.0f /* 1.5 * 2^23: adding it rounds to an integer, in the low bits */
#define F32_LN2_HIGH   0.693359375f
#define F32_LN2_LOW    -2.12194440e-4f
#define F32_EXP_DEGREE 7
static const float f32_exp_c[F32_EXP_DEGREE + 1] = {
    1.0f, 1.0f, 0.5f, 0.166666672f, 0.0416666679f, 0.00833333377f, 0.00138888892f, 0.000198412701f};

static inline float f32_exp(float x) {
    x = x < F32_EXP_LOW ? F32_EXP_LOW : x;
    x = x > F32_EXP_HIGH ? F32_EXP_HIGH : x;
    const float t = x * F32_LOG2E + F32_MAGIC, n = t - F32_MAGIC;
    const float r = x - n * F32_LN2_HIGH - n * F32_LN2_LOW;
    float p = f32_exp_c[F32_EXP_DEGREE];
    for (int i = F32_EXP_DEGREE - 1; i >= 0; i--)
        p = p * r + f32_exp_c[i];
    const int32_t e = (int32_t)(f32_bits(t) - f32_bits(F32_MAGIC)), half = e >> 1;
    return p * f32_from_bits((uint32_t)(half + 127) << 23) * f32_from_bits((uint32_t)(e - half + 127) << 23);
}

#endif
