/* rounding.h: what the heads with activations in integers (a16.h, a8.h) share before they round a token. */
#ifndef TK_HEAD_ROUNDING_H
#define TK_HEAD_ROUNDING_H

#include "head/rows.h"

/* up: 2^64 for tokens whose largest |x| is below 2^-60, else 1; top: the largest |x| times that; x * up *
 * inverse has `most` as its largest. */
typedef struct head_rounding {
    bool finite;
    float up, top, inverse;
} head_rounding;

static inline head_rounding head_rounding_of(const float *x, size_t k, float most) {
    const uint32_t bits = f32_top_bits(x, k);
    const float up = f32_from_bits(bits) < 0x1p-60f ? 0x1p64f : 1, top = f32_from_bits(bits) * up;
    return (head_rounding){bits<0x7f800000u, up, top, top> 0 ? most / top : 0};
}

/* Tokens are shared among the parts as rows are. */
static inline void head_prepare(const tk_args *a, size_t stride,
                                void (*token)(uint8_t *to, const float *x, size_t k)) {
    const size_t m = a->shape.m, n = a->shape.n, k = a->shape.k;
    const size_t from = m ? n * a->begin / m : 0, to = m ? n * a->end / m : 0;
    for (size_t t = from; t < to; t++)
        token((uint8_t *)a->scratch + t * stride, (const float *)a->x + t * k, k);
}

#endif
