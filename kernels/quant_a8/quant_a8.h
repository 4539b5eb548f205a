/* quant_a8.h: activations to int8, what all variants share (microsoft/BitNet, quantize_row_i8_s; FP32
 * throughout except the division). For each token
 *
 *   s = 127 / max(1e-5, max|x|),  q = clamp(RNE(x*s), -128, 127),  sum = sum of q
 *
 * A token that holds a NaN or an Inf is not hidden: its scale is NaN, its q and sum are 0, so that everything
 * computed from it is NaN.
 *
 * Idea: max|x| as the maximum of the sign-cleared bits, as integers: exact, in any order, and a NaN or Inf
 * shows as a value of at least 0x7f800000. |x*s| stays below 128, so nothing ever saturates, and RNE can be had
 * by adding 1.5 * 2^23: the low mantissa bits of the sum are the integer.
 *
 * A variant defines magnitude() and quantise().
 */
#ifndef TK_QUANT_A8_H
#define TK_QUANT_A8_H

#include "kernel.h"

#include <math.h>
#include <string.h>

/* The largest |x| as sign-cleared bits; NaN and Inf are 0x7f800000 and above. */
static inline uint32_t magnitude(const float *x, size_t n);
/* q = RNE(x * s); returns the sum of q. */
static inline int32_t quantise(int8_t *q, const float *x, size_t n, float s);

static inline uint32_t larger(uint32_t top, float x) {
    uint32_t u;
    memcpy(&u, &x, 4);
    u &= 0x7fffffffu;
    return u > top ? u : top;
}

static inline uint32_t magnitude_tail(const float *x, size_t n, uint32_t top) {
    for (size_t i = 0; i < n; i++)
        top = larger(top, x[i]);
    return top;
}

static inline int32_t quantise_tail(int8_t *restrict q, const float *restrict x, size_t n, float s) {
    const float magic = 12582912.0f; /* 1.5 * 2^23, bits 0x4b400000 */
    int32_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        float r = x[i] * s + magic;
        uint32_t u;
        memcpy(&u, &r, 4);
        q[i] = (int8_t)u;
        sum += (int32_t)(u - 0x4b400000u);
    }
    return sum;
}

static inline void quant_a8_run(const tk_args *a) {
    size_t k = a->shape.k;
    for (size_t t = a->begin; t < a->end; t++) {
        const float *x = (const float *)a->x + t * k;
        int8_t *q = (int8_t *)a->y + t * k;
        uint32_t top = magnitude(x, k);
        if (top >= 0x7f800000u) {
            memset(q, 0, k);
            a->scale[t] = NAN;
            a->sum[t] = 0;
            continue;
        }
        float amax;
        memcpy(&amax, &top, 4);
        a->scale[t] = (float)(127.0 / ((double)amax > 1e-5 ? (double)amax : 1e-5));
        a->sum[t] = quantise(q, x, k, a->scale[t]);
    }
}

#endif
