/* rope_kernel.h: the walk over heads that the variants of rope_half and rope_pairs share. A variant defines
 * rope_head.
 */
#ifndef TK_ROPE_KERNEL_H
#define TK_ROPE_KERNEL_H

#include "rope/rope.h"

static inline const char *rope_reject(tk_shape s) {
    return s.k % 2 ? "K is odd: a head is made of pairs" : NULL;
}

static inline void rope_head(float *y, const float *x, const float *c, const float *s, size_t half);

static inline void rope_run(const tk_args *a) {
    const size_t k = a->shape.k, heads = a->shape.m;
    for (size_t i = a->begin; i < a->end; i++) {
        const float *table = (const float *)a->x2 + i / heads * k;
        rope_head((float *)a->y + i * k, (const float *)a->x + i * k, table, table + k / 2, k / 2);
    }
}

#endif
