/* Lossy TL2 by the words of kernels/gemv_lossy/lossy.h: one row, one group at a time. */
#include "reference/oracle.h"

#include <stdlib.h>

void oracle_gemv_lossy(int32_t *y, float *scale, const int8_t *w, const int8_t *q, size_t m, size_t k,
                       size_t n) {
    const size_t k3 = k / 96 * 96;
    for (size_t t = 0; t < n; t++, q += k) {
        long l = 0;
        for (size_t i = 0, step; i < k; i += step) {
            long sum = 0;
            step = i < k3 ? 3 : 2;
            for (size_t j = 0; j < step && i + j < k; j++)
                sum += labs((long)q[i + j]);
            l = sum > l ? sum : l;
        }
        l = l ? l : 1;
        scale[t] = (float)l / 127.0f;
        for (size_t r = 0; r < m; r++) {
            long sum = 0;
            for (size_t i = 0, step; i < k; i += step) {
                long e = 0;
                step = i < k3 ? 3 : 2;
                for (size_t j = 0; j < step && i + j < k; j++)
                    e += (long)w[r * k + i + j] * q[i + j];
                sum += e < 0 ? -((-254 * e + l) / (2 * l)) : (254 * e + l) / (2 * l);
            }
            y[t * m + r] = (int32_t)sum;
        }
    }
}
