/* relu2_mul.h: y = r * r * up with r = max(g, 0): the activation of bitnet-b1.58 (transformers models/bitnet,
 * hidden_act relu2). NaN in g stays NaN; r * r first, then * up, each rounded. Relative error at most 2 *
 * 2^-24. A variant defines combine. */
#ifndef TK_RELU2_MUL_H
#define TK_RELU2_MUL_H

#include "f32/f32.h"
#include "kernel.h"

static void combine(float *y, const float *gate, const float *up, size_t n);

static inline void relu2_mul_run(const tk_args *a) {
    combine((float *)a->y + a->begin, (const float *)a->x + a->begin, (const float *)a->x2 + a->begin,
            a->end - a->begin);
}

#endif
