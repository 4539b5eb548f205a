#include "reference/oracle.h"

#include <math.h>

void oracle_quant_a8(int8_t *q, float *scale, int32_t *sum, const float *x, size_t n, size_t k) {
    for (size_t t = 0; t < n; t++, x += k, q += k) {
        double amax = 0;
        int finite = 1;
        for (size_t i = 0; i < k; i++) {
            finite &= isfinite(x[i]) != 0;
            amax = fmax(amax, fabs((double)x[i]));
        }
        scale[t] = finite ? (float)(127.0 / fmax(amax, 1e-5)) : NAN;
        sum[t] = 0;
        for (size_t i = 0; i < k; i++) {
            float v = finite ? nearbyintf(x[i] * scale[t]) : 0;
            q[i] = (int8_t)(v > 127 ? 127 : v < -128 ? -128 : v);
            sum[t] += q[i];
        }
    }
}
