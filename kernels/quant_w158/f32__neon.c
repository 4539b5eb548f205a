/* Ternary weights by absmean with Advanced SIMD. The formula, its source and the order of the sum:
 * quant_w158.h.
 *
 * Idea: the 16 lanes of doubles are eight registers; FCVTNS rounds (a tie to the even 0) and saturates, as do
 * the narrows, so 16 bytes are clamped to -1..1 at once. 16 operations for 16 weights.
 * Tried and lost: the difference of two compares a vector of 4, narrowed: 22 operations.
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

static inline int16x8_t round8(const float *x, float s) {
    int32x4_t lo = vcvtnq_s32_f32(vmulq_n_f32(vld1q_f32(x), s));
    int32x4_t hi = vcvtnq_s32_f32(vmulq_n_f32(vld1q_f32(x + 4), s));
    return vqmovn_high_s32(vqmovn_s32(lo), hi);
}

static inline void ternarise(int8_t *t, const float *x, size_t n, float s) {
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        int8x16_t b = vqmovn_high_s16(vqmovn_s16(round8(x + i, s)), round8(x + i + 8, s));
        vst1q_s8(t + i, vmaxq_s8(vminq_s8(b, vdupq_n_s8(1)), vdupq_n_s8(-1)));
    }
    ternarise_tail(t + i, x + i, n - i, s);
}

TK_KERNEL(quant_w158_f32__neon, .step = 1, .step_k = 16, .scratch = quant_w158_scratch,
          .prepare = quant_w158_prepare, .run = quant_w158_run,
          .note = "rounded, narrowed with saturation, then clamped");
