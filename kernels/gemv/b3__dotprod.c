/* b3 x int8 with SDOT and TBL: the decoding of b3_avx512.h with tables of 64 and 32 bytes.
 *
 *   x - 128               A + 3B + 9C + 28D + 84E - 128     1 operation; SDOT takes signed bytes
 *   h = HIGH[x >> 2]      36D + 12E                         2, TBL of 4 registers
 *   z = LOW[x + h & 31]   A + 4B + 16C                      3, TBL of 2
 *   z & 0x0f, z & 0x03    A + 4B, A                         2
 *
 * Taken apart as there: R = x - (A + 3B + 9C) = 28D + 84E; 7h - R = 224D; h/4 - 9D = 3E.
 * Bound: 8 operations + 5 SDOT per 80 weights; a table of 4 registers is up to 4 operations on small cores. */
#include "gemv/panel_neon.h"

enum { FIELDS = 5, HALF = 2 };

typedef struct tables {
    uint8x16x4_t high;
    uint8x16x2_t low;
} tables;

/* Pinned, so that the compiler does not load them as constants again in every turn. */
static inline tables make_tables(void) {
    uint8_t high[64], low[32];
    tables t;
    for (unsigned i = 0; i < 64; i++)
        high[i] = (uint8_t)(36 * (i / 7 % 3) + 12 * (i / 7 / 3));
    for (unsigned i = 0; i < 32; i++)
        low[i] = (uint8_t)(i % 9 % 3 + 4 * (i % 9 / 3) + 16 * (i / 9));
    for (size_t i = 0; i < 6; i++) {
        uint8x16_t part = vld1q_u8(i < 4 ? high + 16 * i : low + 16 * (i - 4));
        TK_PIN(part);
        *(i < 4 ? &t.high.val[i] : &t.low.val[i - 4]) = part;
    }
    return t;
}

static inline int32x4_t dot(int32x4_t sum, uint8x16_t codes, int8x16_t q) {
    return vdotq_s32(sum, vreinterpretq_s8_u8(codes), q);
}

static inline void step(int32x4_t sum[FIELDS], const tables *t, const uint8_t *w, int8x16_t q) {
    uint8x16_t x = vld1q_u8(w), h = vqtbl4q_u8(t->high, vshrq_n_u8(x, 2));
    uint8x16_t z = vqtbl2q_u8(t->low, vandq_u8(vaddq_u8(x, h), vdupq_n_u8(31)));
    sum[0] = dot(sum[0], veorq_u8(x, vdupq_n_u8(0x80)), q);
    sum[1] = dot(sum[1], h, q);
    sum[2] = dot(sum[2], z, q);
    sum[3] = dot(sum[3], vandq_u8(z, vdupq_n_u8(0x0f)), q);
    sum[4] = dot(sum[4], vandq_u8(z, vdupq_n_u8(0x03)), q);
}

static inline void half_panel(int32x4_t sum[HALF][FIELDS], const tables *t, const uint8_t *w, const int8_t *x,
                              size_t k) {
    for (size_t f = 0; f < HALF * FIELDS; f++)
        sum[f / FIELDS][f % FIELDS] = vdupq_n_s32(0);
    for (const uint8_t *end = w + k / PANEL_COLUMNS * PANEL_BLOCK; w < end;
         w += PANEL_BLOCK, x += PANEL_COLUMNS) {
        const int8x16_t q = panel_four(panel_quad(x));
        gemv_ahead(w);
        step(sum[0], t, w, q);
        step(sum[1], t, w + 16, q);
    }
    if (k % PANEL_COLUMNS) {
        const int8x16_t q = panel_four(panel_tail(x, k % PANEL_COLUMNS));
        step(sum[0], t, w, q);
        step(sum[1], t, w + 16, q);
    }
}

/* Dot products of weights from the sums over codes and the sum of q; divisions by 7 and 3 are exact. Unsigned:
 * sums may wrap on the way (b3_avx512.h says how far). */
static inline void apart(int32x4_t row[FIELDS], const int32x4_t sum[FIELDS], int32_t q_sum) {
    uint32x4_t s[FIELDS], one = vdupq_n_u32((uint32_t)q_sum);
    for (size_t f = 0; f < FIELDS; f++)
        s[f] = vreinterpretq_u32_s32(sum[f]);
    s[0] = vmlaq_n_u32(s[0], one, 128);
    uint32x4_t a = s[4], b4 = vsubq_u32(s[3], a), c16 = vsubq_u32(s[2], s[3]);
    uint32x4_t b = vreinterpretq_u32_s32(vshrq_n_s32(vreinterpretq_s32_u32(b4), 2));
    uint32x4_t c = vreinterpretq_u32_s32(vshrq_n_s32(vreinterpretq_s32_u32(c16), 4));
    uint32x4_t high = vsubq_u32(s[0], vmlaq_n_u32(vmlaq_n_u32(a, b, 3), c, 9));
    uint32x4_t d224 = vsubq_u32(vmulq_n_u32(s[1], 7), vmlaq_n_u32(high, one, 224));
    uint32x4_t d7 = vreinterpretq_u32_s32(vshrq_n_s32(vreinterpretq_s32_u32(d224), 5));
    uint32x4_t d = vmulq_n_u32(d7, 0xb6db6db7u), h48 = vmlsq_n_u32(s[1], one, 48);
    uint32x4_t e3 = vreinterpretq_u32_s32(vshrq_n_s32(vreinterpretq_s32_u32(h48), 2));
    e3 = vmlsq_n_u32(e3, d, 9);
    row[0] = vreinterpretq_s32_u32(vsubq_u32(a, one));
    row[1] = vreinterpretq_s32_u32(vsubq_u32(b, one));
    row[2] = vreinterpretq_s32_u32(vsubq_u32(c, one));
    row[3] = vreinterpretq_s32_u32(d);
    row[4] = vreinterpretq_s32_u32(vmulq_n_u32(e3, 0xaaaaaaabu));
}

/* Four lanes of a panel: rows row0 + 16f + (0..3). */
static inline void store(const tk_args *a, size_t n, size_t row0, const int32x4_t sum[FIELDS]) {
    int32x4_t row[FIELDS];
    apart(row, sum, a->sum[n]);
    for (size_t f = 0; f < FIELDS; f++)
        panel_store4((int32_t *)a->y + n * a->shape.m, row0 + f * PANEL_LANES, a->begin, a->end, row[f]);
}

static void run(const tk_args *a) {
    size_t k = a->shape.k, bytes = panel_groups(k) * PANEL_BLOCK;
    const tables t = make_tables();
    for (size_t p = a->begin / B3_ROWS; p * B3_ROWS < a->end; p++)
        for (size_t n = 0; n < a->shape.n; n++)
            for (size_t lane = 0; lane < PANEL_LANES; lane += 4 * HALF) {
                int32x4_t sum[HALF][FIELDS];
                half_panel(sum, &t, (const uint8_t *)a->w + p * bytes + 4 * lane, (const int8_t *)a->x + n * k,
                           k);
                store(a, n, p * B3_ROWS + lane, sum[0]);
                store(a, n, p * B3_ROWS + lane + 4, sum[1]);
            }
}

TK_KERNEL(gemv_b3__dotprod, .layout = &tk_layout_b3, .step = B3_ROWS, .step_k = PANEL_COLUMNS,
          .reject = panel_reject, .run = run, .note = "two table look-ups decode five weights");
