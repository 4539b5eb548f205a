/* panel_smlal.h: b2x and b3 without SDOT: SMLAL multiplies 8 codes by 8 activations and adds to int16.
 *
 * A lane of int16 sums is one row and one column of the four. Field 1 comes as four times the code, which saves
 * a shift: |product| <= 12 * 128 = 1536, so 20 blocks are added before they are widened. A variant defines
 * FIELDS, decoder, make_decoder and decode (16 bytes to the codes of FIELDS rows) before it includes this. */
#ifndef TK_PANEL_SMLAL_H
#define TK_PANEL_SMLAL_H

#include "gemv/panel_neon.h"

enum { WIDEN = 20 };

typedef struct sums {
    int16x8_t low, high; /* rows 0, 1 and rows 2, 3 of a vector */
} sums;

static inline void add(sums *s, uint8x16_t codes, int8x8_t q) {
    const int8x16_t c = vreinterpretq_s8_u8(codes);
    s->low = vmlal_s8(s->low, vget_low_s8(c), q);
    s->high = vmlal_s8(s->high, vget_high_s8(c), q);
    TK_PIN(s->low);
    TK_PIN(s->high);
}

/* Four columns of a row are four lanes: added pair by pair. */
static inline int32x4_t widened(sums s) {
    return vpaddq_s32(vpaddlq_s16(s.low), vpaddlq_s16(s.high));
}

static inline void some_blocks(int32x4_t out[FIELDS], const decoder *d, const uint8_t *w, const int8_t *x,
                               size_t blocks) {
    sums s[FIELDS];
    for (size_t f = 0; f < FIELDS; f++)
        s[f].low = s[f].high = vdupq_n_s16(0);
    for (; blocks; blocks--, w += PANEL_BLOCK, x += PANEL_COLUMNS) {
        const int8x8_t q = vget_low_s8(panel_four(panel_quad(x)));
        uint8x16_t codes[FIELDS];
        gemv_ahead(w);
        decode(codes, d, vld1q_u8(w));
        for (size_t f = 0; f < FIELDS; f++)
            add(&s[f], codes[f], q);
    }
    for (size_t f = 0; f < FIELDS; f++)
        out[f] = vaddq_s32(out[f], widened(s[f]));
}

static inline void quarter_panel(int32x4_t sum[FIELDS], const decoder *d, const uint8_t *w, const int8_t *x,
                                 size_t k) {
    for (size_t f = 0; f < FIELDS; f++)
        sum[f] = vdupq_n_s32(0);
    for (size_t left = k / PANEL_COLUMNS; left;) {
        size_t blocks = left < WIDEN ? left : WIDEN;
        some_blocks(sum, d, w, x, blocks);
        w += blocks * PANEL_BLOCK;
        x += blocks * PANEL_COLUMNS;
        left -= blocks;
    }
    if (k % PANEL_COLUMNS) {
        int8_t four[PANEL_COLUMNS] = {0};
        memcpy(four, x, k % PANEL_COLUMNS);
        some_blocks(sum, d, w, four, 1);
    }
    sum[1] = vshrq_n_s32(sum[1], 2);
}

static void run(const tk_args *a) {
    const size_t k = a->shape.k, bytes = panel_groups(k) * PANEL_BLOCK, rows = FIELDS * PANEL_LANES;
    const decoder d = make_decoder();
    for (size_t p = a->begin / rows; p * rows < a->end; p++)
        for (size_t n = 0; n < a->shape.n; n++)
            for (size_t lane = 0; lane < PANEL_LANES; lane += 4) {
                int32x4_t sum[FIELDS];
                quarter_panel(sum, &d, (const uint8_t *)a->w + p * bytes + 4 * lane,
                              (const int8_t *)a->x + n * k, k);
                for (size_t f = 0; f < FIELDS; f++)
                    panel_store4((int32_t *)a->y + n * a->shape.m, p * rows + f * PANEL_LANES + lane, a->begin,
                                 a->end, vsubq_s32(sum[f], vdupq_n_s32(a->sum[n])));
            }
}

#endif
