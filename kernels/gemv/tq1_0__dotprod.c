/* TQ1_0 x int8 with SDOT: as tq1_0__avx512vnni.c, the digits are never taken out of the bytes.
 *
 * With v[0] the byte and v[n+1] = 3 v[n] mod 256 digit n is (3 v[n] - v[n+1]) / 256. SDOT takes signed bytes,
 * so s[n] = v[n] - 128 is multiplied; s[n+1] = 3 s[n] mod 256 as well, and
 *
 *   (3 s[n] - s[n+1]) / 256 = digit - 1 = the weight:   sum of w * q = (3 * now - next) / 256, exactly,
 *
 * now = sum of s[n] * q[n], next = sum of s[n+1] * q[n]. No sum of activations is subtracted. Three vectors of
 * 16 bytes have five digits of 16 columns each, in order. Of the last four bytes one vector makes all digits:
 * byte j times 3^n in lane 4n + j is the first of column 240 + 4n + j.
 *
 * Bound: 10 additions + 10 SDOT for 80 weights on two (four) vector pipes: 8 (16) weights a cycle; taking the
 * digits out takes 4 operations each. Lost: four rows (GCC 12 runs out of registers); by count, tripling by one
 * multiplication, which for 128 bits is half as fast as an addition where one pipe alone multiplies. */
#include "layouts/tq1_0.h"

#include "gemv/trits.h"

#include <arm_neon.h>

enum { ROWS = 2, STEP = 16, LAST = 48, LAST_COLUMN = 240 };

/* A lane sums 64 of a block's 256 columns, so 256 * w * q stays inside int32 below K = 262,144. */
static const char *reject(tk_shape s) {
    return s.k > 1u << 17 ? "K is above 131072: int32 sums could overflow" : NULL;
}

typedef struct sums {
    int32x4_t now, next;
} sums;

static inline int8x16_t tripled(int8x16_t s) {
    return vaddq_s8(s, vaddq_s8(s, s));
}

static inline int8x16_t step(sums *sum, int8x16_t s, int8x16_t q) {
    const int8x16_t next = tripled(s);
    sum->now = vdotq_s32(sum->now, s, q);
    sum->next = vdotq_s32(sum->next, next, q);
    TK_PIN(sum->now);
    TK_PIN(sum->next);
    return next;
}

static inline int8x16_t centred(uint8x16_t v) {
    return vreinterpretq_s8_u8(veorq_u8(v, vdupq_n_u8(0x80)));
}

/* 16 bytes of each row; digit n meets the activations at q + n * columns. */
static inline void five_digits(sums sum[ROWS], const uint8_t *const w[ROWS], size_t at, const int8_t *q,
                               size_t columns) {
    int8x16_t s[ROWS];
    for (size_t r = 0; r < ROWS; r++)
        s[r] = centred(vld1q_u8(w[r] + at));
    for (size_t n = 0; n < DIGITS; n++) {
        const int8x16_t x = vld1q_s8(q + n * columns);
        for (size_t r = 0; r < ROWS; r++)
            s[r] = step(&sum[r], s[r], x);
    }
}

/* The last four bytes, with four digits. */
static inline void last_digits(sums sum[ROWS], const uint8_t *const w[ROWS], int8x16_t q) {
    static const uint8_t powers[STEP] = {1, 1, 1, 1, 3, 3, 3, 3, 9, 9, 9, 9, 27, 27, 27, 27};
    for (size_t r = 0; r < ROWS; r++) {
        uint32_t four;
        memcpy(&four, w[r] + LAST, sizeof four);
        step(&sum[r], centred(vmulq_u8(vreinterpretq_u8_u32(vdupq_n_u32(four)), vld1q_u8(powers))), q);
    }
}

/* Shifted lane by lane: 256 times the whole sum does not fit. */
static inline int32_t total(sums s) {
    return vaddvq_s32(vshrq_n_s32(vsubq_s32(vmulq_n_s32(s.now, 3), s.next), 8));
}

/* Where one row is left it stands in for the second one too. Tokens are inside rows. */
static void run(const tk_args *a) {
    const size_t k = a->shape.k, blocks = units_of(k), bytes = blocks * UNIT_BYTES;
    const sums zero = {vdupq_n_s32(0), vdupq_n_s32(0)};
    for (size_t m = a->begin; m < a->end; m += ROWS) {
        const size_t rows = a->end - m < ROWS ? a->end - m : ROWS;
        for (size_t n = 0; n < a->shape.n; n++) {
            const int8_t *q = (const int8_t *)a->x + n * k;
            const uint8_t *w[ROWS];
            for (size_t r = 0; r < ROWS; r++)
                w[r] = (const uint8_t *)a->w + (m + (r < rows ? r : rows - 1)) * bytes;
            sums sum[ROWS] = {zero, zero};
            for (size_t b = 0; b < blocks; b++, q += UNIT_COLUMNS) {
                gemv_ahead(w[0]);
                five_digits(sum, w, 0, q, 32);
                five_digits(sum, w, 16, q + 16, 32);
                five_digits(sum, w, 32, q + 160, 16);
                last_digits(sum, w, vld1q_s8(q + LAST_COLUMN));
                for (size_t r = 0; r < ROWS; r++)
                    w[r] += UNIT_BYTES;
            }
            int32_t out[ROWS]; /* all of them: an index that varies would put the sums into memory */
            for (size_t r = 0; r < ROWS; r++)
                out[r] = total(sum[r]);
            for (size_t r = 0; r < rows; r++)
                ((int32_t *)a->y)[n * a->shape.m + m + r] = out[r];
        }
    }
}

TK_KERNEL(gemv_tq1_0__dotprod, .layout = &tk_layout_tq1_0, .step = ROWS, .step_k = UNIT_COLUMNS,
          .reject = reject, .run = run, .note = "weights from two sums of remainders, never taken out");
