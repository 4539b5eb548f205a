/* attention_generic.h: attention.h in plain C. A variant defines widen(row of K or V, position, d) and the two
 * scales before it includes this. Bound: a product and a sum for each of q . k and p . v, scalar. */
#ifndef TK_ATTENTION_GENERIC_H
#define TK_ATTENTION_GENERIC_H

#include "attention/attention.h"

static inline float score(const float *q, const float *k, size_t dim) {
    float lane[F32_LANES] = {0};
    size_t d = 0;
    for (; d + F32_LANES <= dim; d += F32_LANES)
        for (size_t l = 0; l < F32_LANES; l++)
            lane[l] += q[d + l] * k[d + l];
    for (; d < dim; d++)
        lane[d % F32_LANES] += q[d] * k[d];
    return f32_tree(lane);
}

static void scores(attention_state *s, const tk_args *a, const attention_tile *tile, const float *q, size_t at,
                   size_t keys) {
    (void)tile;
    const size_t dim = a->shape.k;
    const float root = 1.0f / sqrtf((float)dim);
    float k[ATTENTION_DIM];
    for (size_t j = 0; j < keys; j++) {
        for (size_t d = 0; d < dim; d++)
            k[d] = widen(a->w, (at + j) * dim + d);
        for (size_t h = 0; h < a->shape.m; h++)
            s->p[h][j] = scaled_score(a, score(q + h * dim, k, dim), at + j) * root;
    }
}

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

static void values(attention_state *s, const tk_args *a, const attention_tile *tile, size_t at, size_t keys) {
    (void)tile;
    const size_t dim = a->shape.k;
    for (size_t h = 0; h < a->shape.m; h++)
        for (size_t d = 0; d < dim; d++)
            s->out[h * dim + d] *= s->c[h];
    for (size_t j = 0; j < keys; j++)
        for (size_t h = 0; h < a->shape.m; h++) {
            const float p = scaled_weight(a, s->p[h][j], at + j);
            for (size_t d = 0; d < dim; d++)
                s->out[h * dim + d] += p * widen(a->x2, (at + j) * dim + d);
        }
}

static void finish(float *out, float sum, size_t dim) {
    for (size_t d = 0; d < dim; d++)
        out[d] /= sum;
}

#endif
