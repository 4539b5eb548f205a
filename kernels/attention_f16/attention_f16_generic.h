/* attention_f16_generic.h: attention_f16.h in plain C. Bound: a product and a sum for each of q . k and p . v,
 * scalar. */
#ifndef TK_ATTENTION_F16_GENERIC_H
#define TK_ATTENTION_F16_GENERIC_H

#include "attention/softmax_generic.h"
#include "attention_f16/attention_f16.h"

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
            s->p[h][j] = score(q + h * dim, k, dim) * root;
    }
}

static void values(attention_state *s, const tk_args *a, const attention_tile *tile, size_t at, size_t keys) {
    (void)tile;
    const size_t dim = a->shape.k;
    for (size_t h = 0; h < a->shape.m; h++)
        for (size_t d = 0; d < dim; d++)
            s->out[h * dim + d] *= s->c[h];
    for (size_t j = 0; j < keys; j++)
        for (size_t h = 0; h < a->shape.m; h++) {
            const float p = s->p[h][j];
            for (size_t d = 0; d < dim; d++)
                s->out[h * dim + d] += p * widen(a->x2, (at + j) * dim + d);
        }
}

#endif
