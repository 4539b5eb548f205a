/* Activations to int8 with Advanced SIMD; formula and source in quant_a8.h.
 *
 * Idea: integer maxima of sign-cleared floats; then 16 floats -> 4 x FCVTNS (round to nearest, ties to even) ->
 * saturating narrows to 16 bytes; their sum by widening pairwise adds. The tail is scalar.
 */
#include "quant_a8.h"

#include <arm_neon.h>

static inline uint32_t magnitude(const float *x, size_t n) {
    uint32x4_t clear = vdupq_n_u32(0x7fffffffu), m[4];
    for (int j = 0; j < 4; j++)
        m[j] = vdupq_n_u32(0);
    size_t i = 0;
    for (; i + 16 <= n; i += 16)
        for (int j = 0; j < 4; j++)
            m[j] = vmaxq_u32(m[j], vandq_u32(vreinterpretq_u32_f32(vld1q_f32(x + i + 4 * (size_t)j)), clear));
    uint32_t top = vmaxvq_u32(vmaxq_u32(vmaxq_u32(m[0], m[1]), vmaxq_u32(m[2], m[3])));
    return magnitude_tail(x + i, n - i, top);
}

static inline int32_t quantise(int8_t *q, const float *x, size_t n, float s) {
    int32x4_t sum = vdupq_n_s32(0);
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        int16x4_t h[4];
        for (int j = 0; j < 4; j++)
            h[j] = vqmovn_s32(vcvtnq_s32_f32(vmulq_n_f32(vld1q_f32(x + i + 4 * (size_t)j), s)));
        int8x16_t b = vcombine_s8(vqmovn_s16(vcombine_s16(h[0], h[1])), vqmovn_s16(vcombine_s16(h[2], h[3])));
        vst1q_s8(q + i, b);
        sum = vpadalq_s16(sum, vpaddlq_s8(b));
    }
    return vaddvq_s32(sum) + quantise_tail(q + i, x + i, n - i, s);
}

TK_KERNEL(quant_a8_f32__neon, .step = 1, .step_k = 16, .run = quant_a8_run,
          .note = "integer maximum, then 16 at a time");
