/* head_generic.h: the head in plain C: 16 weights at a time to f32, into 16 running sums. A variant defines
 * ROW(k) and some_weights(float[16], row, k). Bound: a product and a sum a weight, and its widening. */
#ifndef TK_HEAD_GENERIC_H
#define TK_HEAD_GENERIC_H

#include "head/rows.h"

static float dot(const uint8_t *row, const float *x, size_t k) {
    float lane[F32_LANES] = {0}, w[F32_LANES];
    size_t i = 0;
    for (; i + F32_LANES <= k; i += F32_LANES) {
        some_weights(w, row, i, F32_LANES);
        for (size_t l = 0; l < F32_LANES; l++)
            lane[l] += w[l] * x[i + l];
    }
    if (i < k) {
        some_weights(w, row, i, k - i);
        for (size_t l = 0; l < k - i; l++)
            lane[l] += w[l] * x[i + l];
    }
    return f32_tree(lane);
}

/* Tokens are inside rows: a row comes from memory once for all of them. */
static void run(const tk_args *a) {
    const size_t k = a->shape.k;
    for (size_t m = a->begin; m < a->end; m++)
        for (size_t n = 0; n < a->shape.n; n++)
            ((float *)a->y)[n * a->shape.m + m] =
                dot((const uint8_t *)a->w + m * ROW(k), (const float *)a->x + n * k, k);
}

#endif
