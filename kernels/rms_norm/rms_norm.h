/* rms_norm.h: y = (x * (1 / sqrt(mean(x^2) + eps))) * w for each token (Zhang and Sennrich 2019; the order of
 * ggml's rms_norm: scale first, then the weight, which multiplies as it is).
 *
 * x^2 in f32, added up as f32.h says (16 lanes, one tree), divided by K, + eps, true square root, true
 * division; then two products an element. So every ISA gives the same bits. Against exact arithmetic each y is
 * off by at most (K/32 + 7) * 2^-24 of itself, to first order: half the error of the sum, then five roundings.
 * |x| above 1.8e19 overflows x^2: the sum is Inf, y is 0 (and NaN where x is Inf); a NaN anywhere makes the
 * whole token NaN. eps = 0 and a token of zeros give NaN (0 * Inf).
 *
 * A variant defines square_sum and scale_row. */
#ifndef TK_RMS_NORM_H
#define TK_RMS_NORM_H

#include "f32/f32.h"
#include "kernel.h"

static float square_sum(const float *x, size_t n);
static void scale_row(float *y, const float *x, const float *w, size_t n, float scale);

static inline void rms_norm_run(const tk_args *a) {
    const size_t k = a->shape.k;
    const float eps = *(const float *)a->x2;
    for (size_t n = a->begin; n < a->end && k; n++) {
        const float *x = (const float *)a->x + n * k;
        const float mean = square_sum(x, k) / (float)k;
        scale_row((float *)a->y + n * k, x, a->w, k, 1.0f / sqrtf(mean + eps));
    }
}

#endif
