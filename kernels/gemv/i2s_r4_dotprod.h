/* i2s_r4_dotprod.h: the 4-row order of I2_S with SDOT: a row's codes stay where they are as long as that keeps
 * the byte positive (& 0x03, & 0x0c, & 0x30); row 0, on top, is shifted down. Bound: 4 masks and shifts + 4
 * SDOT per 16 columns of four rows on two (four) pipes: 16 (32) weights a cycle. */
#ifndef TK_I2S_R4_DOTPROD_H
#define TK_I2S_R4_DOTPROD_H

#include "gemv/rows4.h"

#include <arm_neon.h>

enum { VECTOR = 16 };

/* s[r] += row r, times 1, 16, 4 and 1. */
static inline void step(int32x4_t s[PANEL_ROWS], uint8x16_t c, int8x16_t q) {
    s[0] = vdotq_s32(s[0], vreinterpretq_s8_u8(vshrq_n_u8(c, 6)), q);
    s[1] = vdotq_s32(s[1], vreinterpretq_s8_u8(vandq_u8(c, vdupq_n_u8(0x30))), q);
    s[2] = vdotq_s32(s[2], vreinterpretq_s8_u8(vandq_u8(c, vdupq_n_u8(0x0c))), q);
    s[3] = vdotq_s32(s[3], vreinterpretq_s8_u8(vandq_u8(c, vdupq_n_u8(0x03))), q);
}

static inline void panel(int32_t out[PANEL_ROWS], const uint8_t *w, const int8_t *q, size_t k) {
    const int32x4_t zero = vdupq_n_s32(0);
    int32x4_t s[PANEL_ROWS] = {zero, zero, zero, zero};
    size_t i = 0;
    for (; k - i >= VECTOR; i += VECTOR) {
        gemv_ahead(w + i);
        step(s, vld1q_u8(w + i), vld1q_s8(q + i));
    }
    if (i < k) {
        uint8_t codes[VECTOR] = {0};
        int8_t x[VECTOR] = {0};
        memcpy(codes, w + i, k - i);
        memcpy(x, q + i, k - i);
        step(s, vld1q_u8(codes), vld1q_s8(x));
    }
    out[0] = vaddvq_s32(s[0]);
    out[1] = vaddvq_s32(vshrq_n_s32(s[1], 4));
    out[2] = vaddvq_s32(vshrq_n_s32(s[2], 2));
    out[3] = vaddvq_s32(s[3]);
}

static void run(const tk_args *a) {
    rows4_walk(a, 0, panel);
}

#define I2S_R4_DOTPROD                                                                                         \
    .layout = &tk_layout_i2s_r4, .step = PANEL_ROWS, .step_k = VECTOR, .reject = gemv_reject, .run = run,      \
    .note = "codes masked in place, a row a sum"

#endif
