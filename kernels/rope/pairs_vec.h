/* pairs_vec.h: RoPE over neighbours, with vectors: a vector of W/2 pairs times its cosines, each twice, plus
 * the vector with neighbours swapped times the sines, each twice, the first negated. a cos + b (-sin) has the
 * bits of a cos - b sin, and b cos + a sin those of a sin + b cos. */
#ifndef TK_ROPE_PAIRS_VEC_H
#define TK_ROPE_PAIRS_VEC_H

#include "f32/f32_vec.h"
#include "rope/rope_kernel.h"

typedef uint64_t vec_pairs __attribute__((vector_size(VEC_BYTES)));
typedef float half_vec __attribute__((vector_size(VEC_BYTES / 2)));
typedef float half_any __attribute__((vector_size(VEC_BYTES / 2), aligned(4), may_alias));

#if defined(__AVX512F__)
#define SWAP  1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14
#define TWICE 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7
#elif defined(__AVX2__)
#define SWAP  1, 0, 3, 2, 5, 4, 7, 6
#define TWICE 0, 0, 1, 1, 2, 2, 3, 3
#else
#define SWAP  1, 0, 3, 2
#define TWICE 0, 0, 1, 1
#endif

/* W/2 floats, each twice. */
static inline vec twice(const float *x) {
    const half_vec h = *(const half_any *)(const void *)x;
    return __builtin_shufflevector(h, h, TWICE);
}

static inline void rope_head(float *y, const float *x, const float *c, const float *s, size_t half) {
    const vec_pairs flip = (vec_pairs){0} + 0x80000000u; /* the sign of the first of each pair */
    size_t i = 0;
    for (; i + VEC_WIDTH / 2 <= half; i += VEC_WIDTH / 2) {
        const vec v = *(const vec_any *)(const void *)(x + 2 * i),
                  swapped = __builtin_shufflevector(v, v, SWAP);
        const vec sine = (vec)((vec_pairs)twice(s + i) ^ flip);
        *(vec_any *)(void *)(y + 2 * i) = v * twice(c + i) + swapped * sine;
    }
    for (; i < half; i++) {
        y[2 * i] = x[2 * i] * c[i] - x[2 * i + 1] * s[i];
        y[2 * i + 1] = x[2 * i] * s[i] + x[2 * i + 1] * c[i];
    }
}

#endif
