/* softmax_generic.h: what attention.h asks of a variant about scores and sums, in plain C. */
#ifndef TK_ATTENTION_SOFTMAX_GENERIC_H
#define TK_ATTENTION_SOFTMAX_GENERIC_H

#include "attention/attention.h"

static float highest(const float *p, size_t keys, float max) {
    for (size_t j = 0; j < keys; j++)
        max = p[j] > max ? p[j] : max;
    return max;
}

static float weights(float *p, size_t keys, float max) {
    float lane[F32_LANES] = {0};
    for (size_t j = 0; j < keys; j++) {
        p[j] = attention_exp(p[j] - max);
        lane[j % F32_LANES] += p[j];
    }
    return f32_tree(lane);
}

static void finish(float *out, float sum, size_t dim) {
    for (size_t d = 0; d < dim; d++)
        out[d] /= sum;
}

#endif
