/* finish.c: int32 sums to float outputs, in the order of the launch version of bitnet.cpp: subtract the sum of
 * the activations, divide by the activation scale, multiply by the weight scale.
 *
 * There the subtraction is done in f32; here it was done in int32 by the kernel. Both are exact, and so equal,
 * while |sums| <= 2^24 (K up to 66,000). A division per output is not the bottleneck: it runs 4 or more at a
 * time and a row costs K multiplications. */
#include "gemv/gemv.h"

void tk_gemv_finish(float *restrict y, const int32_t *restrict acc, size_t m, float act_scale,
                    float weight_scale) {
    for (size_t i = 0; i < m; i++)
        y[i] = ((float)acc[i] / act_scale) * weight_scale;
}
