/* Activations to int8, plain C: the formula, its source and the token loop are in quant_a8.h.
 *
 * Idea: four running maxima, as each waits for its own last comparison; the integer maximum and the rounding by
 * a magic number keep both loops free of branches and calls, for the vectoriser too. Bound: arithmetic.
 * Tried and lost: one maximum, about 1.6 times as slow.
 */
#include "quant_a8.h"

static inline uint32_t magnitude(const float *x, size_t n) {
    uint32_t top[4] = {0};
    size_t i = 0;
    for (; i + 4 <= n; i += 4)
        for (size_t j = 0; j < 4; j++)
            top[j] = larger(top[j], x[i + j]);
    for (int j = 1; j < 4; j++)
        top[0] = top[j] > top[0] ? top[j] : top[0];
    return magnitude_tail(x + i, n - i, top[0]);
}

static inline int32_t quantise(int8_t *q, const float *x, size_t n, float s) {
    return quantise_tail(q, x, n, s);
}

TK_KERNEL(quant_a8_f32__generic, .step = 1, .run = quant_a8_run, .note = "plain C");
