/* softmax_vec.h: what attention.h asks of a variant about scores and sums, with vectors. */
#ifndef TK_ATTENTION_SOFTMAX_VEC_H
#define TK_ATTENTION_SOFTMAX_VEC_H

#include "attention/attention.h"
#include "f32/f32_vec.h"

static float highest(const float *p, size_t keys, float max) {
    lanes most = lanes_all(max);
    float lane[F32_LANES];
    for (size_t j = 0; j < keys; j += F32_LANES)
        for (size_t i = 0; i < VEC_PARTS; i++) {
            const vec x = ((const vec_any *)(const void *)(p + j))[i];
            most.part[i] = vec_select(x > most.part[i], x, most.part[i]);
        }
    lanes_store(lane, most);
    for (size_t i = 0; i < F32_LANES; i++)
        max = lane[i] > max ? lane[i] : max;
    return max;
}

static inline vec weight_exp(vec x) {
    return vec_select(x < vec_all(ATTENTION_LEAST), vec_all(0), vec_exp(x));
}

static float weights(float *p, size_t keys, float max) {
    lanes sum = lanes_all(0);
    for (size_t j = 0; j < keys; j += F32_LANES) {
        lanes e = lanes_load(p + j);
        for (size_t i = 0; i < VEC_PARTS; i++)
            e.part[i] = weight_exp(e.part[i] - vec_all(max));
        lanes_store(p + j, e);
        if (keys - j < F32_LANES)
            e = lanes_load_some(p + j, keys - j);
        for (size_t i = 0; i < VEC_PARTS; i++)
            sum.part[i] += e.part[i];
    }
    return lanes_sum(sum);
}

static void finish(float *out, float sum, size_t dim) {
    size_t d = 0;
    for (; d + F32_LANES <= dim; d += F32_LANES) {
        lanes o = lanes_load(out + d);
        for (size_t i = 0; i < VEC_PARTS; i++)
            o.part[i] = o.part[i] / vec_all(sum);
        lanes_store(out + d, o);
    }
    for (; d < dim; d++)
        out[d] /= sum;
}

#endif
