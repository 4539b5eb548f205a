/* mul_neon.h: y = x * w for int8 w in [LOW, 1], any other w counting as 0; both elementwise ops, Advanced SIMD.
 *
 *   16 weights -> one byte-wise range test -> widen 8 -> 16 -> 32 bits -> f32 -> 4 products
 *
 * Bound: 9 bytes an element. The tail is scalar.
 */
#ifndef TK_MUL_NEON_H
#define TK_MUL_NEON_H

#include "kernel.h"

#include <arm_neon.h>

static inline void mul_run(const tk_args *a, int low) {
    const int8_t *w = (const int8_t *)a->w + a->begin;
    const float *x = (const float *)a->x + a->begin;
    float *y = (float *)a->y + a->begin;
    size_t n = a->end - a->begin, i = 0;
    int8x16_t lowest = vdupq_n_s8((int8_t)low), highest = vdupq_n_s8(1);
    for (; i + 16 <= n; i += 16) {
        int8x16_t t = vld1q_s8(w + i);
        uint8x16_t in = vandq_u8(vcgeq_s8(t, lowest), vcleq_s8(t, highest));
        t = vandq_s8(t, vreinterpretq_s8_u8(in));
        int16x8_t lo = vmovl_s8(vget_low_s8(t)), hi = vmovl_s8(vget_high_s8(t));
        vst1q_f32(y + i, vmulq_f32(vld1q_f32(x + i), vcvtq_f32_s32(vmovl_s16(vget_low_s16(lo)))));
        vst1q_f32(y + i + 4, vmulq_f32(vld1q_f32(x + i + 4), vcvtq_f32_s32(vmovl_s16(vget_high_s16(lo)))));
        vst1q_f32(y + i + 8, vmulq_f32(vld1q_f32(x + i + 8), vcvtq_f32_s32(vmovl_s16(vget_low_s16(hi)))));
        vst1q_f32(y + i + 12, vmulq_f32(vld1q_f32(x + i + 12), vcvtq_f32_s32(vmovl_s16(vget_high_s16(hi)))));
    }
    for (; i < n; i++)
        y[i] = x[i] * (float)(w[i] >= low && w[i] <= 1 ? w[i] : 0);
}

#endif
