/* half_vec.h: RoPE over pairs half a head apart, with vectors. */
#ifndef TK_ROPE_HALF_VEC_H
#define TK_ROPE_HALF_VEC_H

#include "f32/f32_vec.h"
#include "rope/rope_kernel.h"

static inline vec load(const float *x) {
    return *(const vec_any *)(const void *)x;
}

static inline void rope_head(float *y, const float *x, const float *c, const float *s, size_t half) {
    size_t i = 0;
    for (; i + VEC_WIDTH <= half; i += VEC_WIDTH) {
        const vec a = load(x + i), b = load(x + half + i), cosine = load(c + i), sine = load(s + i);
        *(vec_any *)(void *)(y + i) = a * cosine - b * sine;
        *(vec_any *)(void *)(y + half + i) = a * sine + b * cosine;
    }
    for (; i < half; i++) {
        y[i] = x[i] * c[i] - x[i + half] * s[i];
        y[i + half] = x[i] * s[i] + x[i + half] * c[i];
    }
}

#endif
