/* iq2_bn_r4_dotprod.h: IQ2_BN_R4 with SDOT by element: a lane of four bytes is a row, and the four activations
 * of a field are one lane of the 16 that belong to a vector: no order of their own, no sums across lanes.
 * Bound: 4 masks and shifts + 4 SDOT per 16 columns of four rows on two (four) pipes: 16 (32) weights a cycle.
 */
#ifndef TK_IQ2_BN_R4_DOTPROD_H
#define TK_IQ2_BN_R4_DOTPROD_H

#include "gemv/rows4.h"

#include <arm_neon.h>

enum { HEAD = 16, VECTOR = 16 };

static inline void panel(int32_t out[PANEL_ROWS], const uint8_t *w, const int8_t *q, size_t k) {
    int32x4_t at1 = vdupq_n_s32(0), at4 = at1, at16 = at1, top = at1; /* four sums: SDOT has a latency */
    for (size_t i = 0; i < k; i += VECTOR) {
        const uint8x16_t c = vld1q_u8(w + i);
        const int8x16_t x = vld1q_s8(q + i);
        gemv_ahead(w + i);
        at1 = vdotq_laneq_s32(at1, vreinterpretq_s8_u8(vandq_u8(c, vdupq_n_u8(0x03))), x, 0);
        at4 = vdotq_laneq_s32(at4, vreinterpretq_s8_u8(vandq_u8(c, vdupq_n_u8(0x0c))), x, 1);
        at16 = vdotq_laneq_s32(at16, vreinterpretq_s8_u8(vandq_u8(c, vdupq_n_u8(0x30))), x, 2);
        top = vdotq_laneq_s32(top, vreinterpretq_s8_u8(vshrq_n_u8(c, 6)), x, 3);
    }
    const int32x4_t low = vaddq_s32(at1, vshrq_n_s32(at4, 2)), high = vaddq_s32(top, vshrq_n_s32(at16, 4));
    vst1q_s32(out, vaddq_s32(low, high));
}

static void run(const tk_args *a) {
    rows4_walk(a, HEAD, panel);
}

#define IQ2_BN_R4_DOTPROD                                                                                      \
    .layout = &tk_layout_iq2_bn_r4, .step = PANEL_ROWS, .step_k = 64, .reject = gemv_reject, .run = run,       \
    .note = "SDOT by element, a row a lane"

#endif
