/* a8_run.h: what the variants of head_q6_k_a8 share: rows, tokens inside rows, so that a row comes from memory
 * once for all of them. A variant defines dot, the sum of a row by the tree. */
#ifndef TK_A8_RUN_H
#define TK_A8_RUN_H

#include "head/a8.h"

static inline float dot(const uint8_t *row, const a8_block *x, size_t blocks);

static void run(const tk_args *a) {
    const size_t k = a->shape.k;
    for (size_t m = a->begin; m < a->end; m++)
        for (size_t n = 0; n < a->shape.n; n++) {
            const uint8_t *t = (const uint8_t *)a->scratch + n * a8_stride(k);
            a8_token head;
            memcpy(&head, t, sizeof head);
            ((float *)a->y)[n * a->shape.m + m] =
                dot((const uint8_t *)a->w + m * q6_k_row(k), (const a8_block *)(const void *)(t + A8_HEADER),
                    k / 256) *
                head.scale * head.back;
        }
}

#define A8_KERNEL .step = 1, .scratch = a8_scratch, .prepare = a8_prepare, .run = run, .reject = head_reject_256

#endif
