/* quant_a8.h: the token loop that the hand-written variants share. A variant defines before including this:
 * its own magnitude() and quantise() as in f32__generic.c, which states the formula and its source. */
#ifndef TK_QUANT_A8_H
#define TK_QUANT_A8_H

#include "kernel.h"

#include <math.h>
#include <string.h>

/* The largest |x| as sign-cleared bits; NaN and Inf are 0x7f800000 and above. */
static inline uint32_t magnitude(const float *x, size_t n);
/* q = RNE(x * s), saturated; returns the sum of q. */
static inline int32_t quantise(int8_t *q, const float *x, size_t n, float s);

static inline uint32_t magnitude_tail(const float *x, size_t n, uint32_t top) {
    for (size_t i = 0; i < n; i++) {
        uint32_t u;
        memcpy(&u, x + i, 4);
        u &= 0x7fffffffu;
        top = u > top ? u : top;
    }
    return top;
}

static inline int32_t quantise_tail(int8_t *q, const float *x, size_t n, float s) {
    const float magic = 12582912.0f;
    int32_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        int32_t v = (int32_t)((x[i] * s + magic) - magic);
        q[i] = (int8_t)v;
        sum += v;
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
