#include "reference/oracle.h"

#include <math.h>
#include <stdlib.h>

void oracle_rms_norm(float *y, const float *x, const float *w, float eps, size_t tokens, size_t k) {
    float *square = malloc((k + 1) * sizeof *square);
    if (!square)
        abort();
    for (size_t t = 0; t < tokens; t++, x += k, y += k) {
        for (size_t i = 0; i < k; i++)
            square[i] = x[i] * x[i];
        const float mean = oracle_sum(square, k) / (float)k, scale = 1.0f / sqrtf(mean + eps);
        for (size_t i = 0; i < k; i++) {
            const float scaled = x[i] * scale;
            y[i] = scaled * w[i];
        }
    }
    free(square);
}
