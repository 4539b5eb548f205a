/* widen16.h: 16 values of F16 or int8 as f32 lanes, with what each ISA has for it. Exact. */
#ifndef TK_WIDEN16_H
#define TK_WIDEN16_H

#include "f32/f32_vec.h"

#if defined(__x86_64__)
#include <immintrin.h>
#else
#include <arm_neon.h>
#endif

static inline lanes widen16_f16(const uint16_t *h) {
    lanes l;
#if defined(__AVX512F__)
    l.part[0] = (vec)_mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(const void *)h));
#elif defined(__AVX2__)
    l.part[0] = (vec)_mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(const void *)h));
    l.part[1] = (vec)_mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(const void *)(h + 8)));
#else
    for (size_t i = 0; i < VEC_PARTS; i++)
        l.part[i] = (vec)vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(h + 4 * i)));
#endif
    return l;
}

static inline lanes widen16_i8(const int8_t *b) {
    lanes l;
#if defined(__AVX512F__)
    l.part[0] =
        (vec)_mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)(const void *)b)));
#elif defined(__AVX2__)
    l.part[0] =
        (vec)_mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)b)));
    l.part[1] =
        (vec)_mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)(b + 8))));
#else
    const int8x16_t all = vld1q_s8(b);
    const int16x8_t low = vmovl_s8(vget_low_s8(all)), high = vmovl_s8(vget_high_s8(all));
    l.part[0] = (vec)vcvtq_f32_s32(vmovl_s16(vget_low_s16(low)));
    l.part[1] = (vec)vcvtq_f32_s32(vmovl_s16(vget_high_s16(low)));
    l.part[2] = (vec)vcvtq_f32_s32(vmovl_s16(vget_low_s16(high)));
    l.part[3] = (vec)vcvtq_f32_s32(vmovl_s16(vget_high_s16(high)));
#endif
    return l;
}

#endif
