/* TQ1_0 x int8 for every AArch64: digits by two comparisons, SMLAL into int16.
 *
 * Byte v is a fraction of 256: its first digit is (v >= 86) + (v >= 171), the next one that of 3 v mod 256. A
 * comparison gives -1 for true, so 0, -1, -2 is multiplied: the negated digit. Three vectors of 16 bytes have
 * five digits of 16 columns each, in order; of the last four bytes one vector makes all digits: byte j times
 * 3^n in lane 4n + j is the first of column 240 + 4n + j.
 *
 * A lane holds 127 products of 2 * 128, a block adds 16: widened by SADALP every 7 blocks. Bound: 5 operations
 * and 2 SMLAL for 16 weights on two vector pipes: 4.5 weights a cycle. */
#include "layouts/tq1_0.h"

#include "gemv/trits.h"

#include <arm_neon.h>

enum { STEP = 16, LAST = 48, LAST_COLUMN = 240, WIDEN = 7 };

typedef struct sums {
    int16x8_t low, high;
} sums;

static inline void digit(sums *s, uint8x16_t v, const int8_t *q) {
    const uint8x16_t minus = vaddq_u8(vcgeq_u8(v, vdupq_n_u8(86)), vcgeq_u8(v, vdupq_n_u8(171)));
    const int8x16_t t = vreinterpretq_s8_u8(minus), x = vld1q_s8(q);
    s->low = vmlal_s8(s->low, vget_low_s8(t), vget_low_s8(x));
    s->high = vmlal_high_s8(s->high, t, x);
    TK_PIN(s->low);
    TK_PIN(s->high);
}

/* 16 bytes; digit n meets the activations at q + n * columns. */
static inline void five_digits(sums *s, const uint8_t *w, const int8_t *q, size_t columns) {
    uint8x16_t v = vld1q_u8(w);
    for (size_t n = 0; n < DIGITS; n++, v = vaddq_u8(v, vaddq_u8(v, v)))
        digit(s, v, q + n * columns);
}

/* The last four bytes, with four digits. */
static inline void last_digits(sums *s, const uint8_t *w, const int8_t *q) {
    static const uint8_t powers[STEP] = {1, 1, 1, 1, 3, 3, 3, 3, 9, 9, 9, 9, 27, 27, 27, 27};
    uint32_t four;
    memcpy(&four, w, sizeof four);
    digit(s, vmulq_u8(vreinterpretq_u8_u32(vdupq_n_u32(four)), vld1q_u8(powers)), q);
}

/* Minus the sum of digit * q. */
static inline int32_t one_row(const uint8_t *w, const int8_t *q, size_t blocks) {
    int32x4_t sum = vdupq_n_s32(0);
    while (blocks) {
        size_t n = blocks < WIDEN ? blocks : WIDEN;
        blocks -= n;
        sums s = {vdupq_n_s16(0), vdupq_n_s16(0)};
        for (; n; n--, w += UNIT_BYTES, q += UNIT_COLUMNS) {
            gemv_ahead(w);
            five_digits(&s, w, q, 32);
            five_digits(&s, w + 16, q + 16, 32);
            five_digits(&s, w + 32, q + 160, 16);
            last_digits(&s, w + LAST, q + LAST_COLUMN);
        }
        sum = vpadalq_s16(vpadalq_s16(sum, s.low), s.high);
    }
    return vaddvq_s32(sum);
}

/* Tokens are inside rows: a row is read once for all of them. */
static void run(const tk_args *a) {
    const size_t k = a->shape.k, blocks = units_of(k);
    for (size_t m = a->begin; m < a->end; m++)
        for (size_t n = 0; n < a->shape.n; n++)
            ((int32_t *)a->y)[n * a->shape.m + m] =
                -a->sum[n] -
                one_row((const uint8_t *)a->w + m * blocks * UNIT_BYTES, (const int8_t *)a->x + n * k, blocks);
}

TK_KERNEL(gemv_tq1_0__neon, .layout = &tk_layout_tq1_0, .step = 1, .step_k = UNIT_COLUMNS,
          .reject = gemv_reject, .run = run, .note = "digits by two comparisons, SMLAL into int16");
