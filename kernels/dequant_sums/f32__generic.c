/* Sums to floats in plain C. Bound: the divider. x and y may be the same bytes, so they go through memcpy. */
#include "dequant_sums/dequant_sums.h"

static void rescale(float *y, const int32_t *sum, size_t n, float a, const float *scale, size_t step) {
    for (size_t i = 0; i < n; i++) {
        int32_t s;
        memcpy(&s, sum + i, sizeof s);
        const float f = (float)s / a * scale[i * step];
        memcpy(y + i, &f, sizeof f);
    }
}

TK_KERNEL(dequant_sums_f32__generic, .step = 1, .reject = dequant_sums_reject, .run = dequant_sums_run,
          .note = "plain C");
