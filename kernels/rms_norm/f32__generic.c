/* RMSNorm in plain C: 16 running sums, which is the order of f32.h and leaves the adder no chain to wait for.
 * Bound: one multiplication and one addition an element, then two multiplications. */
#include "rms_norm/rms_norm.h"

static float square_sum(const float *x, size_t n) {
    float lane[F32_LANES] = {0};
    size_t i = 0;
    for (; i + F32_LANES <= n; i += F32_LANES)
        for (size_t l = 0; l < F32_LANES; l++)
            lane[l] += x[i + l] * x[i + l];
    for (; i < n; i++)
        lane[i % F32_LANES] += x[i] * x[i];
    return f32_tree(lane);
}

static void scale_row(float *restrict y, const float *restrict x, const float *restrict w, size_t n,
                      float scale) {
    for (size_t i = 0; i < n; i++)
        y[i] = x[i] * scale * w[i];
}

TK_KERNEL(rms_norm_f32__generic, .step = 1, .run = rms_norm_run, .note = "plain C: 16 sums");
