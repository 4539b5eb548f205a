#include "reference/oracle.h"

void oracle_gemv(int32_t *y, const int8_t *w, const int8_t *q, size_t m, size_t k, size_t n) {
    for (size_t token = 0; token < n; token++)
        for (size_t row = 0; row < m; row++) {
            int64_t sum = 0;
            for (size_t i = 0; i < k; i++)
                sum += (int64_t)w[row * k + i] * q[token * k + i];
            y[token * m + row] = (int32_t)sum;
        }
}
