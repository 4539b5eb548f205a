/* weights16.h: 16 weights of each type as lanes, from column k of a row on. */
#ifndef TK_HEAD_WEIGHTS16_H
#define TK_HEAD_WEIGHTS16_H

#include "attention/widen16.h"
#include "head/rows.h"

typedef uint8_t bytes16 __attribute__((vector_size(16)));
typedef uint8_t bytes16_any __attribute__((vector_size(16), aligned(1), may_alias));

static inline lanes times(lanes l, float scale) {
    for (size_t p = 0; p < VEC_PARTS; p++)
        l.part[p] = l.part[p] * vec_all(scale);
    return l;
}

static inline lanes f16_weights(const uint8_t *row, size_t k) {
    return widen16_f16((const uint16_t *)(const void *)(row + 2 * k));
}

static inline lanes bf16_weights(const uint8_t *row, size_t k) {
    float f[F32_LANES];
    for (size_t i = 0; i < F32_LANES;
         i++) { /* two bytes to the upper half of four: the compiler widens vectors */
        uint16_t b;
        memcpy(&b, row + 2 * (k + i), 2);
        f[i] = bf16_to_f32(b);
    }
    return lanes_load(f);
}

static inline lanes q8_0_weights(const uint8_t *row, size_t k) {
    const uint8_t *block = row + k / 32 * 34;
    return times(widen16_i8((const int8_t *)block + 2 + k % 32), half_at(block));
}

static inline lanes q6_k_weights(const uint8_t *row, size_t k) {
    const uint8_t *block = row + k / 256 * 210;
    const size_t i = k % 256, h = i / 128, g = i % 128 / 32, l = i % 32;
    const bytes16 low = *(const bytes16_any *)(block + 64 * h + 32 * (g % 2) + l);
    const bytes16 high = *(const bytes16_any *)(block + 128 + 32 * h + l);
    const bytes16 q = (low >> (uint8_t)(4 * (g / 2)) & 15) | (high >> (uint8_t)(2 * g) & 3) << 4;
    const bytes16 centred = q - 32;
    int8_t codes[16];
    memcpy(codes, &centred, 16);
    return times(widen16_i8(codes), half_at(block + 208) * (float)(int8_t)block[192 + i / 16]);
}

#endif
