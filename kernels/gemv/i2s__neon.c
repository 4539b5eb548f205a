/* I2_S x int8 for every AArch64: SMLAL into int16, widened before it can wrap.
 *
 *   half a group = 16 bytes h:   >> 6 meets q[16h + 0..15]      >> 4 & 3 meets q[16h + 32..]
 *                                >> 2 & 3 meets q[16h + 64..]   & 3 meets q[16h + 96..]
 *
 * Two int16 accumulators per half group (low and high 8 columns), four in all, so each lane gets 4 products of
 * at most 3 * 128 from a group: 21 groups fit for every input, 21 * 4 * 384 = 32256. Then SADALP to int32.
 *
 * Bound: 16 SMLAL and 12 shifts and masks per 128 columns on two vector pipes, about 9 columns a cycle. */
#include "gemv/gemv_tmpl.h"

#include <arm_neon.h>

enum { BLOCK = 21 };

/* 16 bytes of codes with their four times 16 activations. */
static inline int16x8x2_t half_group(int16x8x2_t s, const uint8_t *from, const int8_t *q) {
    const uint8x16_t three = vdupq_n_u8(3);
    uint8x16_t w = vld1q_u8(from);
    int8x16_t c[4] = {
        vreinterpretq_s8_u8(vshrq_n_u8(w, 6)), vreinterpretq_s8_u8(vandq_u8(vshrq_n_u8(w, 4), three)),
        vreinterpretq_s8_u8(vandq_u8(vshrq_n_u8(w, 2), three)), vreinterpretq_s8_u8(vandq_u8(w, three))};
    for (int j = 0; j < 4; j++) {
        int8x16_t x = vld1q_s8(q + 32 * j);
        s.val[0] = vmlal_s8(s.val[0], vget_low_s8(c[j]), vget_low_s8(x));
        s.val[1] = vmlal_high_s8(s.val[1], c[j], x);
    }
    return s;
}

static inline int32x4_t row_sums(const uint8_t *w, const int8_t *q, size_t groups) {
    int32x4_t sum = vdupq_n_s32(0);
    while (groups) {
        size_t n = groups < BLOCK ? groups : BLOCK;
        groups -= n;
        int16x8x2_t a = {{vdupq_n_s16(0), vdupq_n_s16(0)}}, b = a;
        for (; n; n--, w += GEMV_BYTES, q += GEMV_GROUP) {
            gemv_ahead(w);
            a = half_group(a, w, q);
            b = half_group(b, w + 16, q + 16);
        }
        sum = vpadalq_s16(vpadalq_s16(sum, a.val[0]), a.val[1]);
        sum = vpadalq_s16(vpadalq_s16(sum, b.val[0]), b.val[1]);
    }
    return sum;
}

static inline void panel(int32_t *out, const uint8_t *const *row, const void *x, size_t groups) {
    for (size_t r = 0; r < GEMV_ROWS; r++)
        out[r] = vaddvq_s32(row_sums(row[r], x, groups));
}

static void run(const tk_args *a) {
    gemv_walk(a, a->x, a->shape.k, panel);
}

TK_KERNEL(gemv_i2s__neon, .layout = &tk_layout_i2s, .step = GEMV_ROWS, .step_k = GEMV_GROUP,
          .reject = gemv_reject, .run = run, .note = "SMLAL, widened to int32 every 21 groups");
