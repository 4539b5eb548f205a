/* weights16.h: 16 weights of each type as lanes, from column k of a row on. */
#ifndef TK_HEAD_WEIGHTS16_H
#define TK_HEAD_WEIGHTS16_H

#include "f32/widen16.h"
#include "head/rows.h"

typedef uint8_t bytes16 __attribute__((vector_size(16)));
typedef uint16_t words8 __attribute__((vector_size(16)));
typedef uint8_t bytes16_any __attribute__((vector_size(16), aligned(1), may_alias));

/* half_at with the instruction for it. */
static inline float scale_at(const uint8_t *p) {
    uint16_t h;
    memcpy(&h, p, 2);
#if defined(__x86_64__)
    return _cvtsh_ss(h);
#else
    return vgetq_lane_f32(vcvt_f32_f16(vreinterpret_f16_u16(vdup_n_u16(h))), 0);
#endif
}

/* Every byte shifted right: as words, since x86 has no shift of bytes; what comes from the neighbour is masked
 * out. */
static inline bytes16 shifted(bytes16 b, int by, uint8_t mask) {
    return (bytes16)((words8)b >> by) & mask;
}

static inline lanes times(lanes l, float scale) {
    for (size_t p = 0; p < VEC_PARTS; p++)
        l.part[p] = l.part[p] * vec_all(scale);
    return l;
}

static inline lanes f32_weights(const uint8_t *row, size_t k) {
    return lanes_load((const float *)(const void *)(row + 4 * k));
}

static inline lanes f16_weights(const uint8_t *row, size_t k) {
    return widen16_f16((const uint16_t *)(const void *)(row + 2 * k));
}

static inline lanes bf16_weights(const uint8_t *row, size_t k) {
    const uint16_t *from = (const uint16_t *)(const void *)(row + 2 * k);
    lanes l;
#if defined(__AVX512F__)
    const __m256i all = _mm256_loadu_si256((const __m256i *)(const void *)from);
    l.part[0] = (vec)_mm512_slli_epi32(_mm512_cvtepu16_epi32(all), 16);
#elif defined(__AVX2__)
    for (size_t i = 0; i < VEC_PARTS; i++) {
        const __m128i eight = _mm_loadu_si128((const __m128i *)(const void *)(from + 8 * i));
        l.part[i] = (vec)_mm256_slli_epi32(_mm256_cvtepu16_epi32(eight), 16);
    }
#else
    for (size_t i = 0; i < VEC_PARTS; i++)
        l.part[i] = (vec)vshll_n_u16(vld1_u16(from + 4 * i), 16);
#endif
    return l;
}

static inline lanes q8_0_weights(const uint8_t *row, size_t k) {
    const uint8_t *block = row + k / 32 * 34;
    return times(widen16_i8((const int8_t *)block + 2 + k % 32), scale_at(block));
}

/* 16 six-bit numbers of a Q6_K block from weight i on, minus 32: q6_k_codes of rows.h as vectors. */
static inline bytes16 q6_k_codes16(const uint8_t *block, size_t i) {
    const size_t h = i / 128, g = i % 128 / 32, l = i % 32;
    const bytes16 low = *(const bytes16_any *)(block + 64 * h + 32 * (g % 2) + l);
    const bytes16 high = *(const bytes16_any *)(block + 128 + 32 * h + l);
    const bytes16 q =
        shifted(low, (int)(4 * (g / 2)), 15) | (bytes16)((words8)shifted(high, (int)(2 * g), 3) << 4);
    return q - 32;
}

static inline lanes q6_k_weights(const uint8_t *row, size_t k) {
    const uint8_t *block = row + k / 256 * 210;
    const size_t i = k % 256;
    const bytes16 centred = q6_k_codes16(block, i);
    int8_t codes[16];
    memcpy(codes, &centred, 16);
    return times(widen16_i8(codes), scale_at(block + 208) * (float)(int8_t)block[192 + i / 16]);
}

#endif
