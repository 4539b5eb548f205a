/* Squared ReLU x up in plain C. Bound: arithmetic, then memory. */
#include "relu2_mul/relu2_mul.h"

static void combine(float *restrict y, const float *restrict gate, const float *restrict up, size_t n) {
    for (size_t i = 0; i < n; i++) {
        const float g = gate[i], r = g <= 0.0f ? 0.0f : g; /* NaN is not <= 0: it stays */
        y[i] = r * r * up[i];
    }
}

TK_KERNEL(relu2_mul_f32__generic, .step = 1, .run = relu2_mul_run, .note = "plain C");
