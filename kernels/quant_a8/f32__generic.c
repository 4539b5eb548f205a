/* Activations to int8, plain C: the formula, its source and the loops are in quant_a8.h.
 *
 * Bound: arithmetic; 4 bytes read twice and 1 written an element are nothing next to some 3 cycles. The integer
 * maximum and the magic number also keep both loops free of branches and calls for the vectoriser.
 */
#include "quant_a8.h"

static inline uint32_t magnitude(const float *x, size_t n) {
    return magnitude_tail(x, n, 0);
}

static inline int32_t quantise(int8_t *q, const float *x, size_t n, float s) {
    return quantise_tail(q, x, n, s);
}

TK_KERNEL(quant_a8_f32__generic, .step = 1, .run = quant_a8_run, .note = "plain C");
