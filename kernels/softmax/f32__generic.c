/* Softmax in plain C. Bound: f32_exp, 14 dependent operations that overlap from element to element. */
#include "softmax/softmax.h"

static float row_max(const float *x, size_t n) {
    float max = -INFINITY;
    for (size_t i = 0; i < n; i++)
        max = x[i] > max ? x[i] : max;
    return max;
}

static float exp_sum(float *restrict y, const float *restrict x, size_t n, float max) {
    float lane[F32_LANES] = {0};
    size_t i = 0;
    for (; i + F32_LANES <= n; i += F32_LANES)
        for (size_t l = 0; l < F32_LANES; l++) {
            y[i + l] = f32_exp(x[i + l] - max);
            lane[l] += y[i + l];
        }
    for (; i < n; i++) {
        y[i] = f32_exp(x[i] - max);
        lane[i % F32_LANES] += y[i];
    }
    return f32_tree(lane);
}

static void divide(float *y, size_t n, float sum) {
    for (size_t i = 0; i < n; i++)
        y[i] = y[i] / sum;
}

TK_KERNEL(softmax_f32__generic, .step = 1, .run = softmax_run, .note = "plain C, own e^x");
