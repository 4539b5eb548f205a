/* f32_vec.h: f32.h for vectors of any width, in the compiler's vector extension: 16 lanes are one vector of 512
 * bits, two of 256 or four of 128. Each lane does what the scalar form does, so bits are the same. */
#ifndef TK_F32_VEC_H
#define TK_F32_VEC_H

#include "f32/f32.h"

#if defined(__AVX512F__)
enum { VEC_BYTES = 64 };
#elif defined(__AVX2__)
enum { VEC_BYTES = 32 };
#else
enum { VEC_BYTES = 16 };
#endif
enum { VEC_WIDTH = VEC_BYTES / 4, VEC_PARTS = F32_LANES / VEC_WIDTH };

typedef float vec __attribute__((vector_size(VEC_BYTES)));
typedef int32_t vec_int __attribute__((vector_size(VEC_BYTES)));
typedef uint32_t vec_bits __attribute__((vector_size(VEC_BYTES)));
/* The same where no alignment is known. */
typedef float vec_any __attribute__((vector_size(VEC_BYTES), aligned(4), may_alias));

/* All 16 lanes. */
typedef struct lanes {
    vec part[VEC_PARTS];
} lanes;

static inline vec vec_all(float x) {
    return x - (vec){0}; /* x - 0 is x, also for -0 and NaN */
}

static inline vec vec_select(vec_int mask, vec yes, vec no) {
    return (vec)((mask & (vec_int)yes) | (~mask & (vec_int)no));
}

static inline lanes lanes_load(const float *x) {
    lanes l;
    for (size_t i = 0; i < VEC_PARTS; i++)
        l.part[i] = ((const vec_any *)(const void *)x)[i];
    return l;
}

static inline void lanes_store(float *x, lanes l) {
    for (size_t i = 0; i < VEC_PARTS; i++)
        ((vec_any *)(void *)x)[i] = l.part[i];
}

/* n < 16 elements, +0 in the other lanes: which adds nothing to a sum, as no sum is ever -0. */
static inline lanes lanes_load_some(const float *x, size_t n) {
    float some[F32_LANES] = {0};
    memcpy(some, x, n * sizeof *x);
    return lanes_load(some);
}

static inline void lanes_store_some(float *x, lanes l, size_t n) {
    float some[F32_LANES];
    lanes_store(some, l);
    memcpy(x, some, n * sizeof *x);
}

static inline lanes lanes_all(float x) {
    lanes l;
    for (size_t i = 0; i < VEC_PARTS; i++)
        l.part[i] = vec_all(x);
    return l;
}

/* The tree of f32_tree, as far as there are vectors to add. */
static inline float lanes_sum(lanes l) {
    typedef float four __attribute__((vector_size(16), may_alias));
    float lane[F32_LANES] __attribute__((aligned(64)));
    lanes_store(lane, l);
    const four *f = (const four *)(const void *)lane;
    const four v = (f[0] + f[2]) + (f[1] + f[3]);
    return (v[0] + v[2]) + (v[1] + v[3]);
}

static inline vec vec_exp(vec x) {
    const vec magic = vec_all(F32_MAGIC);
    x = vec_select(x < vec_all(F32_EXP_LOW), vec_all(F32_EXP_LOW), x);
    x = vec_select(x > vec_all(F32_EXP_HIGH), vec_all(F32_EXP_HIGH), x);
    const vec t = x * vec_all(F32_LOG2E) + magic, n = t - magic;
    const vec r = x - n * vec_all(F32_LN2_HIGH) - n * vec_all(F32_LN2_LOW);
    vec p = vec_all(f32_exp_c[F32_EXP_DEGREE]);
    for (int i = F32_EXP_DEGREE - 1; i >= 0; i--)
        p = p * r + vec_all(f32_exp_c[i]);
    const vec_int e = (vec_int)((vec_bits)t - (vec_bits)magic), half = e >> 1;
    return p * (vec)((vec_bits)(half + 127) << 23) * (vec)((vec_bits)(e - half + 127) << 23);
}

#endif
