/* f16.h: IEEE binary16 and bfloat16 to and from f32, in integer steps and exact products. */
#ifndef TK_F16_H
#define TK_F16_H

#include "f32/f32.h"

/* Exact. The exponent moves by a product with 2^112, which also makes denormals right; Inf and NaN by hand. */
static inline float f16_to_f32(uint16_t h) {
    const uint32_t magnitude = (uint32_t)(h & 0x7fffu) << 13, sign = (uint32_t)(h & 0x8000u) << 16;
    const uint32_t special = magnitude >= 0x0f800000u ? 0x7f800000u : 0;
    return f32_from_bits(f32_bits(f32_from_bits(magnitude) * 0x1p112f) | sign | special);
}

/* Rounded to nearest, ties to even; beyond 65504 Inf; NaN stays a quiet NaN. */
static inline uint16_t f16_from_f32(float x) {
    const uint32_t u = f32_bits(x), sign = u >> 16 & 0x8000u, magnitude = u & 0x7fffffffu;
    if (magnitude > 0x7f800000u)
        return (uint16_t)(sign | 0x7e00u);
    if (magnitude >= 0x477ff000u)
        return (uint16_t)(sign | 0x7c00u);
    if (magnitude < 0x38800000u) /* a denormal: adding 0.5 leaves its bits at the low end, rounded */
        return (uint16_t)(sign | (f32_bits(f32_from_bits(magnitude) + 0.5f) - 0x3f000000u));
    return (uint16_t)(sign | (magnitude - 0x38000000u + 0xfffu + (magnitude >> 13 & 1)) >> 13);
}

static inline float bf16_to_f32(uint16_t b) {
    return f32_from_bits((uint32_t)b << 16);
}

/* Rounded to nearest, ties to even; NaN stays a quiet NaN. */
static inline uint16_t bf16_from_f32(float x) {
    const uint32_t u = f32_bits(x);
    return (uint16_t)((u & 0x7fffffffu) > 0x7f800000u ? u >> 16 | 0x40u : (u + 0x7fffu + (u >> 16 & 1)) >> 16);
}

#endif
