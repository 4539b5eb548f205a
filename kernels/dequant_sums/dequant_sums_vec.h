/* dequant_sums_vec.h: sums to floats with vectors; the formula is in dequant_sums.h. Bound: the divider.
 * Measured on Zen 4, 6912 sums in the caches: 0.72 us with 256 and with 512 bits, 1.5 as the compiler
 * vectorises the plain form, 5.8 plain. */
#ifndef TK_DEQUANT_SUMS_VEC_H
#define TK_DEQUANT_SUMS_VEC_H

#include "dequant_sums/dequant_sums.h"
#include "f32/f32_vec.h"

typedef int32_t sums_any __attribute__((vector_size(VEC_BYTES), aligned(4), may_alias));

static inline lanes rescaled(const int32_t *sum, float a, lanes scale) {
    lanes y;
    for (size_t p = 0; p < VEC_PARTS; p++)
        y.part[p] =
            __builtin_convertvector(((const sums_any *)(const void *)sum)[p], vec) / vec_all(a) * scale.part[p];
    return y;
}

static void rescale(float *y, const int32_t *sum, size_t n, float a, const float *scale, size_t step) {
    const lanes one = lanes_all(step || !n ? 0 : *scale);
    size_t i = 0;
    for (; i + F32_LANES <= n; i += F32_LANES)
        lanes_store(y + i, rescaled(sum + i, a, step ? lanes_load(scale + i) : one));
    if (i < n) {
        int32_t some[F32_LANES] = {0};
        memcpy(some, sum + i, (n - i) * sizeof *some);
        lanes_store_some(y + i, rescaled(some, a, step ? lanes_load_some(scale + i, n - i) : one), n - i);
    }
}

#endif
