/* RoPE over pairs half a head apart, in plain C. Bound: four products and two sums a pair. */
#include "rope/rope_kernel.h"

static inline void rope_head(float *restrict y, const float *restrict x, const float *restrict c,
                             const float *restrict s, size_t half) {
    for (size_t i = 0; i < half; i++) {
        y[i] = x[i] * c[i] - x[i + half] * s[i];
        y[i + half] = x[i] * s[i] + x[i + half] * c[i];
    }
}

TK_KERNEL(rope_half_f32__generic, .step = 1, .reject = rope_reject, .run = rope_run, .note = "plain C");
