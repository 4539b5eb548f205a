/* b2x x int8 without SDOT: SMLAL multiplies 8 codes by 8 activations and adds to int16.
 *
 *   16 bytes = 4 rows x 4 columns:  & 0x03 (A), & 0x0c (4B), >> 4 & 0x03 (C), >> 6 (D)
 *
 * A lane of int16 sums is one row and one column of the four: |product| <= 12 * 128 = 1536 for 4B, so 20 blocks
 * are added before they are widened. Bound: 5 operations to take out the codes + 8 SMLAL per 64 weights on two
 * pipes: 10 weights a cycle. */
#include "gemv/panel_neon.h"

enum { FIELDS = 4, WIDEN = 20 };

typedef struct sums {
    int16x8_t low, high; /* rows 0, 1 and rows 2, 3 of a vector */
} sums;

static inline void add(sums *s, uint8x16_t codes, int8x8_t q) {
    const int8x16_t c = vreinterpretq_s8_u8(codes);
    s->low = vmlal_s8(s->low, vget_low_s8(c), q);
    s->high = vmlal_s8(s->high, vget_high_s8(c), q);
    GEMV_PIN(s->low);
    GEMV_PIN(s->high);
}

/* Four columns of a row are four lanes: added pair by pair. */
static inline int32x4_t widened(sums s) {
    return vpaddq_s32(vpaddlq_s16(s.low), vpaddlq_s16(s.high));
}

static inline void some_blocks(int32x4_t out[FIELDS], const uint8_t *w, const int8_t *x, size_t blocks) {
    const uint8x16_t low = vdupq_n_u8(0x03), high = vdupq_n_u8(0x0c);
    const sums zero = {vdupq_n_s16(0), vdupq_n_s16(0)};
    sums s[FIELDS] = {zero, zero, zero, zero};
    for (; blocks; blocks--, w += PANEL_BLOCK, x += PANEL_COLUMNS) {
        const int8x8_t q = vget_low_s8(panel_four(panel_quad(x)));
        const uint8x16_t c = vld1q_u8(w);
        gemv_ahead(w);
        add(&s[0], vandq_u8(c, low), q);
        add(&s[1], vandq_u8(c, high), q);
        add(&s[2], vandq_u8(vshrq_n_u8(c, 4), low), q);
        add(&s[3], vshrq_n_u8(c, 6), q);
    }
    for (size_t f = 0; f < FIELDS; f++)
        out[f] = vaddq_s32(out[f], widened(s[f]));
}

static inline void quarter_panel(int32x4_t sum[FIELDS], const uint8_t *w, const int8_t *x, size_t k) {
    for (size_t f = 0; f < FIELDS; f++)
        sum[f] = vdupq_n_s32(0);
    for (size_t left = k / PANEL_COLUMNS; left;) {
        size_t blocks = left < WIDEN ? left : WIDEN;
        some_blocks(sum, w, x, blocks);
        w += blocks * PANEL_BLOCK;
        x += blocks * PANEL_COLUMNS;
        left -= blocks;
    }
    if (k % PANEL_COLUMNS) {
        int8_t four[PANEL_COLUMNS] = {0};
        memcpy(four, x, k % PANEL_COLUMNS);
        some_blocks(sum, w, four, 1);
    }
}

static void run(const tk_args *a) {
    size_t k = a->shape.k, bytes = panel_groups(k) * PANEL_BLOCK;
    for (size_t p = a->begin / B2X_ROWS; p * B2X_ROWS < a->end; p++)
        for (size_t n = 0; n < a->shape.n; n++)
            for (size_t lane = 0; lane < PANEL_LANES; lane += 4) {
                int32x4_t sum[FIELDS];
                quarter_panel(sum, (const uint8_t *)a->w + p * bytes + 4 * lane, (const int8_t *)a->x + n * k,
                              k);
                sum[1] = vshrq_n_s32(sum[1], 2);
                for (size_t f = 0; f < FIELDS; f++)
                    panel_store4((int32_t *)a->y + n * a->shape.m, p * B2X_ROWS + f * PANEL_LANES + lane,
                                 a->begin, a->end, vsubq_s32(sum[f], vdupq_n_s32(a->sum[n])));
            }
}

TK_KERNEL(gemv_b2x__neon, .layout = &tk_layout_b2x, .step = B2X_ROWS, .step_k = PANEL_COLUMNS,
          .reject = panel_reject, .run = run, .note = "SMLAL into int16, widened every 20 blocks");
