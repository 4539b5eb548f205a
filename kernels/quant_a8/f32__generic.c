/* Per token: s = 127 / max(1e-5, max|x|), q = clamp(RNE(x*s), -128, 127), sum = sum of q (microsoft/BitNet,
 * quantize_row_i8_s; FP32 throughout except the division). A token that holds a NaN or an Inf is not hidden:
 * its scale is NaN, its q and sum are 0, so that everything computed from it is NaN.
 *
 * Idea: max|x| as the maximum of the sign-cleared bits, as integers: exact, in any order, and a NaN or Inf
 * shows as a value of at least 0x7f800000. RNE by adding and subtracting 1.5 * 2^23 (|x*s| is below 128).
 */
#include "kernel.h"

#include <math.h>
#include <string.h>

static uint32_t magnitude(const float *x, size_t n) {
    uint32_t top = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t u;
        memcpy(&u, x + i, 4);
        u &= 0x7fffffffu;
        top = u > top ? u : top;
    }
    return top;
}

static int32_t quantise(int8_t *restrict q, const float *restrict x, size_t n, float s) {
    const float magic = 12582912.0f; /* 1.5 * 2^23 */
    int32_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        float r = (x[i] * s + magic) - magic;
        int32_t v = (int32_t)r;
        q[i] = (int8_t)v;
        sum += v;
    }
    return sum;
}

static void run(const tk_args *a) {
    size_t k = a->shape.k;
    for (size_t t = a->begin; t < a->end; t++) {
        const float *x = (const float *)a->x + t * k;
        int8_t *q = (int8_t *)a->y + t * k;
        uint32_t top = magnitude(x, k);
        if (top >= 0x7f800000u) {
            memset(q, 0, k);
            a->scale[t] = NAN;
            a->sum[t] = 0;
            continue;
        }
        float amax;
        memcpy(&amax, &top, 4);
        a->scale[t] = (float)(127.0 / ((double)amax > 1e-5 ? (double)amax : 1e-5));
        a->sum[t] = quantise(q, x, k, a->scale[t]);
    }
}

TK_KERNEL(quant_a8_f32__generic, .step = 1, .run = run, .note = "plain C");
