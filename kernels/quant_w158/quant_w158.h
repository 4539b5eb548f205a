/* quant_w158.h: ternary weights by absmean (BitNet b1.58, Ma et al. 2024, eq. 1-3), what all variants share.
 *
 *   s = 1 / max(mean|W|, 1e-5) in f32,  T = clamp(RNE(W*s), -1, 1),  scale = 1/s
 *
 * One order of the mean for every ISA, thread count and split, so that every bit agrees: each row is summed in
 * 16 virtual lanes (column mod 16) of doubles, the lanes by one tree (i + i^8, ^4, ^2, ^1), the rows one after
 * the other. RNE(W*s) clamped is the sign of W where |W*s| > 0.5 (a tie goes to the even 0) and 0 elsewhere. If
 * the sum is not finite, scale is NaN and all T are 0.
 *
 * prepare leaves one double a row in scratch; run adds them all and ternarises its rows. A variant defines
 * row_lanes() and ternarise().
 */
#ifndef TK_QUANT_W158_H
#define TK_QUANT_W158_H

#include "kernel.h"

#include <math.h>
#include <string.h>

/* lane[j] = sum of |x[i]| as double over i = j mod 16, in order of i. */
static inline void row_lanes(double lane[16], const float *x, size_t n);
/* t[i] = sign of x[i] where |x[i] * s| > 0.5, else 0. */
static inline void ternarise(int8_t *t, const float *x, size_t n, float s);

static inline size_t quant_w158_scratch(tk_shape s) {
    return s.m * sizeof(double);
}

static inline void quant_w158_prepare(const tk_args *a) {
    double *row = a->scratch;
    for (size_t m = a->begin; m < a->end; m++) {
        double lane[16];
        row_lanes(lane, (const float *)a->x + m * a->shape.k, a->shape.k);
        for (int half = 8; half; half /= 2)
            for (int j = 0; j < half; j++)
                lane[j] += lane[j + half];
        row[m] = lane[0];
    }
}

static inline void quant_w158_run(const tk_args *a) {
    const double *row = a->scratch;
    double total = 0;
    size_t k = a->shape.k, count = a->shape.m * k;
    for (size_t m = 0; m < a->shape.m; m++)
        total += row[m];
    float mean = count ? (float)(total / (double)count) : 0;
    float s = 1.0f / (mean > 1e-5f ? mean : 1e-5f);
    bool finite = isfinite(total);
    int8_t *t = (int8_t *)a->y + a->begin * k;
    a->scale[0] = finite ? 1.0f / s : NAN;
    if (finite)
        ternarise(t, (const float *)a->x + a->begin * k, (a->end - a->begin) * k, s);
    else
        memset(t, 0, (a->end - a->begin) * k);
}

static inline void lanes_tail(double lane[16], const float *x, size_t n) {
    for (size_t i = 0; i < n; i++)
        lane[i] += (double)fabsf(x[i]);
}

static inline void ternarise_tail(int8_t *restrict t, const float *restrict x, size_t n, float s) {
    for (size_t i = 0; i < n; i++) {
        float v = x[i] * s;
        t[i] = (int8_t)((v > 0.5f) - (v < -0.5f));
    }
}

#endif
