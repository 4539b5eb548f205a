#include "reference/oracle.h"

#include <math.h>

void oracle_quant_w158(int8_t *t, float *scale, const float *w, size_t m, size_t k) {
    double total = 0;
    for (size_t r = 0; r < m; r++) {
        double lane[16] = {0};
        for (size_t i = 0; i < k; i++)
            lane[i % 16] += (double)fabsf(w[r * k + i]);
        double eight[8], four[4];
        for (int j = 0; j < 8; j++)
            eight[j] = lane[j] + lane[j + 8];
        for (int j = 0; j < 4; j++)
            four[j] = eight[j] + eight[j + 4];
        total += (four[0] + four[2]) + (four[1] + four[3]);
    }
    float mean = m && k ? (float)(total / (double)(m * k)) : 0;
    float s = 1.0f / fmaxf(mean, 1e-5f);
    *scale = isfinite(total) ? 1.0f / s : NAN;
    for (size_t i = 0; i < m * k; i++) {
        float v = isfinite(total) ? nearbyintf(w[i] * s) : 0;
        t[i] = (int8_t)(v > 1 ? 1 : v < -1 ? -1 : v);
    }
}
