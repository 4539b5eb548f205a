/* Ternary weights by absmean with Advanced SIMD. The formula, its source and the order of the sum:
 * quant_w158.h.
 *
 * Idea: the 16 lanes of doubles are eight registers; a trit is the difference of two compares, narrowed to
 * bytes.
 */
#include "quant_w158.h"

#include <arm_neon.h>

static inline void row_lanes(double lane[16], const float *x, size_t n) {
    float64x2_t sum[8];
    for (int j = 0; j < 8; j++)
        sum[j] = vdupq_n_f64(0);
    size_t i = 0;
    for (; i + 16 <= n; i += 16)
        for (size_t j = 0; j < 4; j++) {
            float32x4_t v = vabsq_f32(vld1q_f32(x + i + 4 * j));
            sum[2 * j] = vaddq_f64(sum[2 * j], vcvt_f64_f32(vget_low_f32(v)));
            sum[2 * j + 1] = vaddq_f64(sum[2 * j + 1], vcvt_high_f64_f32(v));
        }
    for (int j = 0; j < 8; j++)
        vst1q_f64(lane + 2 * j, sum[j]);
    lanes_tail(lane, x + i, n - i);
}

static inline int16x4_t trits(const float *x, float s) {
    float32x4_t v = vmulq_n_f32(vld1q_f32(x), s);
    uint32x4_t up = vcgtq_f32(v, vdupq_n_f32(0.5f)), down = vcltq_f32(v, vdupq_n_f32(-0.5f));
    return vmovn_s32(vreinterpretq_s32_u32(vsubq_u32(down, up)));
}

static inline void ternarise(int8_t *t, const float *x, size_t n, float s) {
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        int16x8_t lo = vcombine_s16(trits(x + i, s), trits(x + i + 4, s));
        int16x8_t hi = vcombine_s16(trits(x + i + 8, s), trits(x + i + 12, s));
        vst1q_s8(t + i, vcombine_s8(vmovn_s16(lo), vmovn_s16(hi)));
    }
    ternarise_tail(t + i, x + i, n - i, s);
}

TK_KERNEL(quant_w158_f32__neon, .step = 1, .scratch = quant_w158_scratch, .prepare = quant_w158_prepare,
          .run = quant_w158_run, .note = "difference of two compares, narrowed");
