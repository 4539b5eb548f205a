/* I2_S x int8 with SDOT, codes masked in place.
 *
 * SDOT takes signed bytes, so a code may stay where it is only while it keeps the byte positive: & 0x03 (code),
 * & 0x0c (code * 4), & 0x30 (code * 16); the top one is shifted down, which needs no mask. Accumulators by
 * scale, shifted back exactly at the end.
 *
 *   half a group = 16 bytes h:   >> 6   meets q[16h + 0..15]       & 0x30 meets q[16h + 32..]
 *                                & 0x0c meets q[16h + 64..]        & 0x03 meets q[16h + 96..]
 *
 * Bound: 4 shifts and masks + 4 SDOT per 64 columns on two (four) vector pipes: 16 (32) columns a cycle,
 * against 12.8 with shifts. Four rows share the loads of q; 12 accumulators cover the latency of 4. Overflow:
 * see gemv_reject. */
#include "gemv/gemv_tmpl.h"

#include <arm_neon.h>

typedef struct sums {
    int32x4_t at1, at4, at16; /* of codes * q scaled by that */
} sums;

static inline void step(sums *s, const uint8_t *from, int8x16_t q0, int8x16_t q1, int8x16_t q2, int8x16_t q3) {
    uint8x16_t w = vld1q_u8(from);
    s->at1 = vdotq_s32(s->at1, vreinterpretq_s8_u8(vshrq_n_u8(w, 6)), q0);
    s->at16 = vdotq_s32(s->at16, vreinterpretq_s8_u8(vandq_u8(w, vdupq_n_u8(0x30))), q1);
    s->at4 = vdotq_s32(s->at4, vreinterpretq_s8_u8(vandq_u8(w, vdupq_n_u8(0x0c))), q2);
    s->at1 = vdotq_s32(s->at1, vreinterpretq_s8_u8(vandq_u8(w, vdupq_n_u8(0x03))), q3);
    TK_PIN(s->at1);
    TK_PIN(s->at4);
    TK_PIN(s->at16);
}

static inline int32_t total(sums s) {
    int32x4_t high = vaddq_s32(vshrq_n_s32(s.at16, 2), s.at4);
    return vaddvq_s32(vaddq_s32(vshrq_n_s32(high, 2), s.at1));
}

static inline void panel(int32_t *out, const uint8_t *const *row, const void *x, size_t groups) {
    const uint8_t *w0 = row[0], *w1 = row[1], *w2 = row[2], *w3 = row[3];
    const int32x4_t zero = vdupq_n_s32(0);
    sums a = {zero, zero, zero}, b = a, c = a, d = a;
    for (size_t at = 0; at < groups * GEMV_BYTES; at += 16) {
        const int8_t *q = (const int8_t *)x + at / GEMV_BYTES * GEMV_GROUP + at % GEMV_BYTES;
        int8x16_t q0 = vld1q_s8(q), q1 = vld1q_s8(q + 32), q2 = vld1q_s8(q + 64), q3 = vld1q_s8(q + 96);
        gemv_ahead(w0 + at);
        step(&a, w0 + at, q0, q1, q2, q3);
        step(&b, w1 + at, q0, q1, q2, q3);
        step(&c, w2 + at, q0, q1, q2, q3);
        step(&d, w3 + at, q0, q1, q2, q3);
    }
    out[0] = total(a);
    out[1] = total(b);
    out[2] = total(c);
    out[3] = total(d);
}

static void run(const tk_args *a) {
    gemv_walk(a, a->x, a->shape.k, panel);
}

TK_KERNEL(gemv_i2s__dotprod, .layout = &tk_layout_i2s, .step = GEMV_ROWS, .step_k = GEMV_GROUP,
          .reject = gemv_reject, .run = run, .note = "codes masked in place, 4 rows x 64 columns a step");
