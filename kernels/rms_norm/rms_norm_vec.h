/* rms_norm_vec.h: RMSNorm with vectors; the formula and its order are in rms_norm.h. */
#ifndef TK_RMS_NORM_VEC_H
#define TK_RMS_NORM_VEC_H

#include "f32/f32_vec.h"
#include "rms_norm/rms_norm.h"

static float square_sum(const float *x, size_t n) {
    lanes sum = lanes_all(0);
    size_t i = 0;
    for (; i + F32_LANES <= n; i += F32_LANES) {
        lanes v = lanes_load(x + i);
        for (size_t p = 0; p < VEC_PARTS; p++)
            sum.part[p] += v.part[p] * v.part[p];
    }
    if (i < n) {
        lanes v = lanes_load_some(x + i, n - i);
        for (size_t p = 0; p < VEC_PARTS; p++)
            sum.part[p] += v.part[p] * v.part[p];
    }
    return lanes_sum(sum);
}

static inline lanes scaled(lanes v, float scale, lanes w) {
    for (size_t p = 0; p < VEC_PARTS; p++)
        v.part[p] = v.part[p] * vec_all(scale) * w.part[p];
    return v;
}

static void scale_row(float *y, const float *x, const float *w, size_t n, float scale) {
    size_t i = 0;
    for (; i + F32_LANES <= n; i += F32_LANES)
        lanes_store(y + i, scaled(lanes_load(x + i), scale, lanes_load(w + i)));
    if (i < n)
        lanes_store_some(y + i, scaled(lanes_load_some(x + i, n - i), scale, lanes_load_some(w + i, n - i)),
                         n - i);
}

#endif
