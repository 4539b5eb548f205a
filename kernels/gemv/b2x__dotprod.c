/* b2x x int8 with SDOT: 4 rows x 4 columns a vector, the four rows of a byte taken out by masks.
 *
 * SDOT takes signed bytes, so a code may stay where it is only while it keeps the byte positive: & 0x03 (A),
 * & 0x0c (4B), & 0x30 (16C); the top one is shifted down. Scales are shifted back at the end.
 * Bound: 4 masks and shifts + 4 SDOT per 64 weights on two (four) vector pipes: 16 (32) weights a cycle. Half a
 * block at a time: 8 sums hide the latency of 4, and the loads of activations are shared. */
#include "gemv/panel_neon.h"

enum { FIELDS = 4, HALF = 2 };

static inline void step(int32x4_t sum[FIELDS], const uint8_t *w, int8x16_t q) {
    uint8x16_t c = vld1q_u8(w);
    sum[0] = vdotq_s32(sum[0], vreinterpretq_s8_u8(vandq_u8(c, vdupq_n_u8(0x03))), q);
    sum[1] = vdotq_s32(sum[1], vreinterpretq_s8_u8(vandq_u8(c, vdupq_n_u8(0x0c))), q);
    sum[2] = vdotq_s32(sum[2], vreinterpretq_s8_u8(vandq_u8(c, vdupq_n_u8(0x30))), q);
    sum[3] = vdotq_s32(sum[3], vreinterpretq_s8_u8(vshrq_n_u8(c, 6)), q);
    for (size_t f = 0; f < FIELDS; f++)
        TK_PIN(sum[f]);
}

static inline void half_panel(int32x4_t sum[HALF][FIELDS], const uint8_t *w, const int8_t *x, size_t k) {
    for (size_t f = 0; f < HALF * FIELDS; f++)
        sum[f / FIELDS][f % FIELDS] = vdupq_n_s32(0);
    for (const uint8_t *end = w + k / PANEL_COLUMNS * PANEL_BLOCK; w < end;
         w += PANEL_BLOCK, x += PANEL_COLUMNS) {
        const int8x16_t q = panel_four(panel_quad(x));
        gemv_ahead(w);
        step(sum[0], w, q);
        step(sum[1], w + 16, q);
    }
    if (k % PANEL_COLUMNS) {
        const int8x16_t q = panel_four(panel_tail(x, k % PANEL_COLUMNS));
        step(sum[0], w, q);
        step(sum[1], w + 16, q);
    }
}

/* Four lanes of a panel: rows row0 + 16f + (0..3). */
static inline void store(const tk_args *a, size_t n, size_t row0, const int32x4_t sum[FIELDS]) {
    const int32x4_t out[FIELDS] = {sum[0], vshrq_n_s32(sum[1], 2), vshrq_n_s32(sum[2], 4), sum[3]};
    for (size_t f = 0; f < FIELDS; f++)
        panel_store4((int32_t *)a->y + n * a->shape.m, row0 + f * PANEL_LANES, a->begin, a->end,
                     vsubq_s32(out[f], vdupq_n_s32(a->sum[n])));
}

static void run(const tk_args *a) {
    size_t k = a->shape.k, bytes = panel_groups(k) * PANEL_BLOCK;
    for (size_t p = a->begin / B2X_ROWS; p * B2X_ROWS < a->end; p++)
        for (size_t n = 0; n < a->shape.n; n++)
            for (size_t lane = 0; lane < PANEL_LANES; lane += 4 * HALF) {
                int32x4_t sum[HALF][FIELDS];
                half_panel(sum, (const uint8_t *)a->w + p * bytes + 4 * lane, (const int8_t *)a->x + n * k, k);
                store(a, n, p * B2X_ROWS + lane, sum[0]);
                store(a, n, p * B2X_ROWS + lane + 4, sum[1]);
            }
}

TK_KERNEL(gemv_b2x__dotprod, .layout = &tk_layout_b2x, .step = B2X_ROWS, .step_k = PANEL_COLUMNS,
          .reject = panel_reject, .run = run, .note = "codes masked in place, 8 lanes at a time");
