/* dequant_sums.h: what GEMV and GEMM leave, int32 sums, to f32 outputs: y = ((f32)sum / a) * w, each step
 * rounded, with the token's activation scale a (quant_a8) and the scale w of the matrix (K = 1) or of the row
 * (K = M). The order is that of bitnet.cpp's launch version, but that the sum of the activations is taken off
 * in int32 before.
 *
 * Sums become floats exactly up to 2^24, K up to 66,000 of full activations; else rounded. Relative error at
 * most 3 * 2^-24. y may be x: a model works in place. A variant defines rescale. */
#ifndef TK_DEQUANT_SUMS_H
#define TK_DEQUANT_SUMS_H

#include "f32/f32.h"
#include "kernel.h"

/* `step`: 0 where one scale is meant for all. */
static void rescale(float *y, const int32_t *sum, size_t n, float a, const float *scale, size_t step);

static inline void dequant_sums_run(const tk_args *a) {
    const size_t m = a->shape.m, step = a->shape.k > 1;
    for (size_t t = 0; t < a->shape.n; t++)
        rescale((float *)a->y + t * m + a->begin, (const int32_t *)a->x + t * m + a->begin, a->end - a->begin,
                ((const float *)a->x2)[t], (const float *)a->w + step * a->begin, step);
}

static inline const char *dequant_sums_reject(tk_shape s) {
    return s.k != 1 && s.k != s.m ? "K is not 1 (one scale) or M (one a row)" : NULL;
}

#endif
