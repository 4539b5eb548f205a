#include "reference/oracle.h"

void oracle_silu_mul(float *y, const float *gate, const float *up, size_t n) {
    for (size_t i = 0; i < n; i++) {
        const float below = 1.0f + oracle_exp(-gate[i]), silu = gate[i] / below;
        y[i] = silu * up[i];
    }
}
