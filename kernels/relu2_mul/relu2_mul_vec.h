/* relu2_mul_vec.h: squared ReLU x up with vectors; the formula is in relu2_mul.h. */
#ifndef TK_RELU2_MUL_VEC_H
#define TK_RELU2_MUL_VEC_H

#include "f32/f32_vec.h"
#include "relu2_mul/relu2_mul.h"

static inline lanes combined(lanes g, lanes up) {
    for (size_t p = 0; p < VEC_PARTS; p++) {
        const vec r =
            vec_select(g.part[p] <= vec_all(0), vec_all(0), g.part[p]); /* NaN is not <= 0: it stays */
        g.part[p] = r * r * up.part[p];
    }
    return g;
}

static void combine(float *y, const float *gate, const float *up, size_t n) {
    size_t i = 0;
    for (; i + F32_LANES <= n; i += F32_LANES)
        lanes_store(y + i, combined(lanes_load(gate + i), lanes_load(up + i)));
    if (i < n)
        lanes_store_some(y + i, combined(lanes_load_some(gate + i, n - i), lanes_load_some(up + i, n - i)),
                         n - i);
}

#endif
