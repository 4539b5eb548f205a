#include "reference/oracle.h"

void oracle_dequant_sums(float *y, const int32_t *sums, const float *a, const float *scale, size_t m, size_t k,
                         size_t n) {
    for (size_t t = 0; t < n; t++)
        for (size_t r = 0; r < m; r++) {
            const float sum = (float)sums[t * m + r], quotient = sum / a[t];
            y[t * m + r] = quotient * scale[k == 1 ? 0 : r];
        }
}
