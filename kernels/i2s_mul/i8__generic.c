/* y[i] = x[i] * t(w[i]), t(v) = v on {-2,-1,0,1}, any other value -> 0 (leizerowicz/bitnet-mlx.rs,
 * "I2S kernel"). It multiplies for real: 0 * Inf is NaN and -2 * 0 is -0, as the reference has it.
 *
 * Bound: 9 bytes a weight. The range test is arithmetic, not a branch: weights are random by nature. */
#include "kernel.h"

static void run(const tk_args *a) {
    const int8_t *w = a->w;
    const float *x = a->x;
    float *y = a->y;
    for (size_t i = a->begin; i < a->end; i++) {
        int v = w[i];
        y[i] = x[i] * (float)(v >= -2 && v <= 1 ? v : 0);
    }
}

TK_KERNEL(i2s_mul_i8__generic, .step = 16, .run = run, .note = "plain C");
