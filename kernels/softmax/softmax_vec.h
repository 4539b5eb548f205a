/* softmax_vec.h: softmax with vectors; the order is in softmax.h. */
#ifndef TK_SOFTMAX_VEC_H
#define TK_SOFTMAX_VEC_H

#include "f32/f32_vec.h"
#include "softmax/softmax.h"

static float row_max(const float *x, size_t n) {
    lanes max = lanes_all(-INFINITY);
    size_t i = 0;
    float lane[F32_LANES], all = -INFINITY;
    for (; i + F32_LANES <= n; i += F32_LANES) {
        lanes v = lanes_load(x + i);
        for (size_t p = 0; p < VEC_PARTS; p++)
            max.part[p] = vec_select(v.part[p] > max.part[p], v.part[p], max.part[p]);
    }
    lanes_store(lane, max);
    for (size_t l = 0; l < F32_LANES; l++)
        all = lane[l] > all ? lane[l] : all;
    for (; i < n; i++)
        all = x[i] > all ? x[i] : all;
    return all;
}

static inline lanes exp_of(lanes v, float max) {
    for (size_t p = 0; p < VEC_PARTS; p++)
        v.part[p] = vec_exp(v.part[p] - vec_all(max));
    return v;
}

static float exp_sum(float *y, const float *x, size_t n, float max) {
    lanes sum = lanes_all(0);
    size_t i = 0;
    for (; i + F32_LANES <= n; i += F32_LANES) {
        lanes e = exp_of(lanes_load(x + i), max);
        lanes_store(y + i, e);
        for (size_t p = 0; p < VEC_PARTS; p++)
            sum.part[p] += e.part[p];
    }
    if (i < n) {
        lanes_store_some(y + i, exp_of(lanes_load_some(x + i, n - i), max), n - i);
        lanes e = lanes_load_some(y + i, n - i);
        for (size_t p = 0; p < VEC_PARTS; p++)
            sum.part[p] += e.part[p];
    }
    return lanes_sum(sum);
}

static void divide(float *y, size_t n, float sum) {
    const vec by = vec_all(sum);
    size_t i = 0;
    for (; i + F32_LANES <= n; i += F32_LANES) {
        lanes v = lanes_load(y + i);
        for (size_t p = 0; p < VEC_PARTS; p++)
            v.part[p] = v.part[p] / by;
        lanes_store(y + i, v);
    }
    for (; i < n; i++)
        y[i] = y[i] / sum;
}

#endif
