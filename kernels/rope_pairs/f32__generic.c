/* RoPE over neighbours, in plain C. Bound: four products and two sums a pair. */
#include "rope/rope_kernel.h"

static inline void rope_head(float *restrict y, const float *restrict x, const float *restrict c,
                             const float *restrict s, size_t half) {
    for (size_t i = 0; i < half; i++) {
        y[2 * i] = x[2 * i] * c[i] - x[2 * i + 1] * s[i];
        y[2 * i + 1] = x[2 * i] * s[i] + x[2 * i + 1] * c[i];
    }
}

TK_KERNEL(rope_pairs_f32__generic, .step = 1, .reject = rope_reject, .run = rope_run, .note = "plain C");
