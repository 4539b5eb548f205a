/* codes2_neon.h: codes2.h for every AArch64: SMLAL multiplies 8 codes by 8 activations and adds to int16.
 *
 *   16 bytes = 4 fields of 16:  & 0x03 (field 0), & 0x0c (4 * field 1), >> 4 & 0x03 (field 2), >> 6 (field 3)
 *
 * A lane of int16 holds 21 chunks: |4 * code * q| <= 12 * 128 = 1536 from field 1, three times 3 * 128 from the
 * others. Then SADALP to int32. Two rows share the loads of activations. Bound: 5 operations to take out the
 * codes + 8 SMLAL per 64 columns on two vector pipes, about 10 columns a cycle; where one pipe alone
 * multiplies, 8. */
#ifndef TK_CODES2_NEON_H
#define TK_CODES2_NEON_H

enum { VECTOR = 16, ROWS = 2, WIDEN = 21 };

#include "gemv/codes2_load_neon.h"

/* Columns 0-7 and 8-15 of a field. */
typedef struct pair {
    int16x8_t low, high;
} pair;

/* Codes as they are, and four times the code. */
typedef struct sums {
    pair at1, at4;
} sums;

static inline void add(pair *s, uint8x16_t codes, int8x16_t q) {
    const int8x16_t c = vreinterpretq_s8_u8(codes);
    s->low = vmlal_s8(s->low, vget_low_s8(c), vget_low_s8(q));
    s->high = vmlal_high_s8(s->high, c, q);
    TK_PIN(s->low);
    TK_PIN(s->high);
}

static inline void step(sums *s, uint8x16_t c, const int8x16_t q[4]) {
    const uint8x16_t three = vdupq_n_u8(0x03);
    add(&s->at1, vandq_u8(c, three), q[0]);
    add(&s->at4, vandq_u8(c, vdupq_n_u8(0x0c)), q[1]);
    add(&s->at1, vandq_u8(vshrq_n_u8(c, 4), three), q[2]);
    add(&s->at1, vshrq_n_u8(c, 6), q[3]);
}

static inline int32x4_t widened(int32x4_t sum, pair s) {
    return vpadalq_s16(vpadalq_s16(sum, s.low), s.high);
}

/* Chunks [from, to) of ROWS rows, at most WIDEN of them. */
static inline void some_chunks(int32x4_t sum[ROWS], int32x4_t sum4[ROWS], const uint8_t *const row[ROWS],
                               const int8_t *q, size_t from, size_t to) {
    const pair zero = {vdupq_n_s16(0), vdupq_n_s16(0)};
    sums s[ROWS] = {{zero, zero}, {zero, zero}};
    for (size_t c = from; c < to; c++) {
        const int8_t *at = q + c * 4 * VECTOR;
        const int8x16_t x[4] = {vld1q_s8(at), vld1q_s8(at + 16), vld1q_s8(at + 32), vld1q_s8(at + 48)};
        gemv_ahead(code_at(row[0], c * VECTOR));
        for (size_t r = 0; r < ROWS; r++)
            step(&s[r], CODES2_CHUNK(row[r], c), x);
    }
    for (size_t r = 0; r < ROWS; r++) {
        sum[r] = widened(sum[r], s[r].at1);
        sum4[r] = widened(sum4[r], s[r].at4);
    }
}

/* Where one row is left it stands in for the second one too. Tokens are inside rows. */
static void run(const tk_args *a) {
    const size_t k = a->shape.k, bytes = row_bytes_of(k), chunks = chunks_of(k);
    const int32x4_t zero = vdupq_n_s32(0);
    for (size_t m = a->begin; m < a->end; m += ROWS) {
        const size_t rows = a->end - m < ROWS ? a->end - m : ROWS;
        const uint8_t *first = (const uint8_t *)a->w + m * bytes, *const row[ROWS] = {
                                                                      first, first + (rows - 1) * bytes};
        for (size_t n = 0; n < a->shape.n; n++) {
            const int8_t *q = (const int8_t *)a->scratch + n * token_bytes(k);
            int32x4_t sum[ROWS] = {zero, zero}, sum4[ROWS] = {zero, zero};
            for (size_t c = 0; c < chunks; c += WIDEN)
                some_chunks(sum, sum4, row, q, c, chunks - c < WIDEN ? chunks : c + WIDEN);
            for (size_t r = 0; r < rows; r++)
                ((int32_t *)a->y)[n * a->shape.m + m + r] =
                    vaddvq_s32(vaddq_s32(sum[r], vshrq_n_s32(sum4[r], 2))) - a->sum[n];
        }
    }
}

#define CODES2_NEON                                                                                            \
    .layout = &LAYOUT, .step = ROWS, .step_k = BLOCK_COLUMNS, .reject = gemv_reject, .scratch = scratch,       \
    .prepare = prepare, .run = run, .note = "SMLAL into int16, widened every 21 chunks"

#endif
