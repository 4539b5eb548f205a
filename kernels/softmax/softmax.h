/* softmax.h: y[i] = e^(x[i] - m) / sum of e^(x[j] - m), m = max x, for each row.
 *
 * e^x is f32_exp, the sum has the 16 lanes and the tree of f32.h, the division is a true one. Relative error at
 * most (K/16 + 10) * 2^-24 and that of x - m, which is exact for x within a factor of two of m and else at most
 * half an ulp of x - m. A row with a NaN, with +Inf or of -Inf alone is NaN throughout: nothing is hidden. The
 * maximum passes over NaN, the sum does not.
 *
 * A variant defines row_max, exp_sum (writes e^(x - m), returns the sum) and divide. */
#ifndef TK_SOFTMAX_H
#define TK_SOFTMAX_H

#include "f32/f32.h"
#include "kernel.h"

static float row_max(const float *x, size_t n);
static float exp_sum(float *y, const float *x, size_t n, float max);
static void divide(float *y, size_t n, float sum);

static inline void softmax_run(const tk_args *a) {
    const size_t k = a->shape.k;
    for (size_t n = a->begin; n < a->end; n++) {
        const float *x = (const float *)a->x + n * k;
        float *y = (float *)a->y + n * k;
        divide(y, k, exp_sum(y, x, k, row_max(x, k)));
    }
}

#endif
