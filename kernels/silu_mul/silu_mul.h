/* silu_mul.h: y = g / (1 + e^-g) * up: SiLU (Elfwing et al. 2017) times up, the activation of llama. e^x is
 * f32_exp; one addition, one true division, one product. Relative error at most 4 * 2^-24 while e^-g is finite;
 * below g = -89 e^-g is Inf and y is -0 * up, where the exact value is under 1.3e-37 * up. g = -Inf gives NaN
 * (Inf / Inf). A variant defines combine. */
#ifndef TK_SILU_MUL_H
#define TK_SILU_MUL_H

#include "f32/f32.h"
#include "kernel.h"

static void combine(float *y, const float *gate, const float *up, size_t n);

static inline void silu_mul_run(const tk_args *a) {
    combine((float *)a->y + a->begin, (const float *)a->x + a->begin, (const float *)a->x2 + a->begin,
            a->end - a->begin);
}

#endif
