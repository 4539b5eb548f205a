/* Ternary weights by absmean, plain C. The formula, its source and the order of the sum: quant_w158.h.
 *
 * Idea: the 16 lanes are an array that the vectoriser can keep in registers; a trit is the difference of two
 * compares, without branches: the signs of weights are random by nature.
 * Tried and lost: clamp, then round by a magic number: 5 times slower with GCC.
 */
#include "quant_w158.h"

static inline void row_lanes(double lane[16], const float *x, size_t n) {
    size_t i = 0;
    for (int j = 0; j < 16; j++)
        lane[j] = 0;
    for (; i + 16 <= n; i += 16)
        for (size_t j = 0; j < 16; j++)
            lane[j] += (double)fabsf(x[i + j]);
    lanes_tail(lane, x + i, n - i);
}

static inline void ternarise(int8_t *t, const float *x, size_t n, float s) {
    ternarise_tail(t, x, n, s);
}

TK_KERNEL(quant_w158_f32__generic, .step = 1, .scratch = quant_w158_scratch, .prepare = quant_w158_prepare,
          .run = quant_w158_run, .note = "plain C");
