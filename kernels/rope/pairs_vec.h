/* pairs_vec.h: RoPE over neighbours, with vectors: a vector of W/2 pairs times its cosines, each twice, plus
 * the vector with neighbours swapped times the sines, each twice, the first negated. a cos + b (-sin) has the
 * bits of a cos - b sin, and b cos + a sin those of a sin + b cos. Pairs are 64-bit integers here: swapping is
 * two shifts. */
#ifndef TK_ROPE_PAIRS_VEC_H
#define TK_ROPE_PAIRS_VEC_H

#include "f32/f32_vec.h"
#include "rope/rope_kernel.h"

typedef uint64_t vec_pairs __attribute__((vector_size(VEC_BYTES)));
typedef uint32_t half_bits __attribute__((vector_size(VEC_BYTES / 2)));
typedef uint32_t half_any __attribute__((vector_size(VEC_BYTES / 2), aligned(4), may_alias));

/* W/2 floats, each in both halves of a pair; `flip` is xored into the bits. */
static inline vec twice(const float *x, uint64_t flip) {
    const half_bits h = *(const half_any *)(const void *)x;
    const vec_pairs wide = __builtin_convertvector(h, vec_pairs);
    return (vec)((wide | wide << 32) ^ flip);
}

static inline void rope_head(float *y, const float *x, const float *c, const float *s, size_t half) {
    size_t i = 0;
    for (; i + VEC_WIDTH / 2 <= half; i += VEC_WIDTH / 2) {
        const vec v = *(const vec_any *)(const void *)(x + 2 * i);
        const vec swapped = (vec)((vec_pairs)v << 32 | (vec_pairs)v >> 32);
        *(vec_any *)(void *)(y + 2 * i) = v * twice(c + i, 0) + swapped * twice(s + i, 0x80000000u);
    }
    for (; i < half; i++) {
        y[2 * i] = x[2 * i] * c[i] - x[2 * i + 1] * s[i];
        y[2 * i + 1] = x[2 * i] * s[i] + x[2 * i + 1] * c[i];
    }
}

#endif
