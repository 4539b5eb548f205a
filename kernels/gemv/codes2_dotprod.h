/* codes2_dotprod.h: codes2.h with SDOT, codes masked in place: the loop of i2s__dotprod.c for any order.
 *
 * SDOT takes signed bytes, so a code may stay where it is only while it keeps the byte positive: & 0x03, &
 * 0x0c, & 0x30; the top one is shifted down. Sums by scale, shifted back at the end. Four rows share the loads
 * of activations. Bound: 4 masks and shifts + 4 SDOT per 64 columns on two (four) pipes: 16 (32) columns a
 * cycle. */
#ifndef TK_CODES2_DOTPROD_H
#define TK_CODES2_DOTPROD_H

enum { VECTOR = 16, ROWS = 4 };

#include "gemv/codes2_load_neon.h"

typedef struct sums {
    int32x4_t at1, at4, at16;
} sums;

static inline void step(sums *s, uint8x16_t c, const int8x16_t q[4]) {
    s->at1 = vdotq_s32(s->at1, vreinterpretq_s8_u8(vandq_u8(c, vdupq_n_u8(0x03))), q[0]);
    s->at4 = vdotq_s32(s->at4, vreinterpretq_s8_u8(vandq_u8(c, vdupq_n_u8(0x0c))), q[1]);
    s->at16 = vdotq_s32(s->at16, vreinterpretq_s8_u8(vandq_u8(c, vdupq_n_u8(0x30))), q[2]);
    s->at1 = vdotq_s32(s->at1, vreinterpretq_s8_u8(vshrq_n_u8(c, 6)), q[3]);
    TK_PIN(s->at1);
    TK_PIN(s->at4);
    TK_PIN(s->at16);
}

static inline int32_t total(sums s) {
    int32x4_t high = vaddq_s32(vshrq_n_s32(s.at16, 2), s.at4);
    return vaddvq_s32(vaddq_s32(vshrq_n_s32(high, 2), s.at1));
}

/* Where fewer than four rows are left the last one stands in for the missing ones. Tokens are inside rows. */
static void run(const tk_args *a) {
    const size_t k = a->shape.k, bytes = row_bytes_of(k), chunks = chunks_of(k);
    const int32x4_t zero = vdupq_n_s32(0);
    for (size_t m = a->begin; m < a->end; m += ROWS) {
        const size_t rows = a->end - m < ROWS ? a->end - m : ROWS;
        const uint8_t *row[ROWS];
        for (size_t r = 0; r < ROWS; r++)
            row[r] = (const uint8_t *)a->w + (m + (r < rows ? r : rows - 1)) * bytes;
        for (size_t n = 0; n < a->shape.n; n++) {
            const int8_t *q = (const int8_t *)a->scratch + n * token_bytes(k);
            sums s[ROWS] = {{zero, zero, zero}, {zero, zero, zero}, {zero, zero, zero}, {zero, zero, zero}};
            for (size_t c = 0; c < chunks; c++, q += 4 * VECTOR) {
                const int8x16_t x[4] = {vld1q_s8(q), vld1q_s8(q + 16), vld1q_s8(q + 32), vld1q_s8(q + 48)};
                gemv_ahead(code_at(row[0], c * VECTOR));
                for (size_t r = 0; r < ROWS; r++)
                    step(&s[r], CODES2_CHUNK(row[r], c), x);
            }
            int32_t out[ROWS]; /* all of them: an index that varies would put the sums into memory */
            for (size_t r = 0; r < ROWS; r++)
                out[r] = total(s[r]);
            for (size_t r = 0; r < rows; r++)
                ((int32_t *)a->y)[n * a->shape.m + m + r] = out[r] - a->sum[n];
        }
    }
}

#define CODES2_DOTPROD                                                                                         \
    .layout = &LAYOUT, .step = ROWS, .step_k = BLOCK_COLUMNS, .reject = gemv_reject, .scratch = scratch,       \
    .prepare = prepare, .run = run, .note = "codes masked in place, 4 rows x 64 columns a step"

#endif
