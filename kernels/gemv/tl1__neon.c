/* TL1 x int8, NEON: as tl1__avx2.c with 16 bytes at once, which is what the format was made for: tbl looks up
 * the low and the high bytes of 16 rows' sums, zip makes them 16 bits. Bound: 4 look-ups and 4 zips for 64
 * weights. */
#include "gemv/tl.h"

#include <arm_neon.h>

enum { COLUMNS = 8, BYTES = 64, TABLE = 32, SAFE = 31 };

static const char *reject(tk_shape s) {
    return s.m && s.k && tk_tl1_tiling(s).bm != TL_ROWS ? "blocks of 64 rows" : gemv_reject(s);
}

static size_t scratch(tk_shape s) {
    return s.n * (s.k / 2) * TABLE;
}

/* For a pair: 16 low bytes, 16 high bytes. */
static void prepare(const tk_args *a) {
    size_t from, to;
    gemv_share(a, a->shape.n * (a->shape.k / 2), &from, &to);
    for (size_t i = from; i < to; i++) {
        int16_t sum[TL_ENTRIES];
        uint8_t *low = (uint8_t *)a->scratch + i * TABLE;
        tl_pair_sums(sum, (const int8_t *)a->x + 2 * i);
        for (size_t j = 0; j < TL_ENTRIES; j++) {
            low[j] = (uint8_t)sum[j];
            low[16 + j] = (uint8_t)((uint16_t)sum[j] >> 8);
        }
    }
}

static inline void look_up(int16x8_t s[2], uint8x16_t index, const uint8_t *table) {
    const uint8x16_t l = vqtbl1q_u8(vld1q_u8(table), index), h = vqtbl1q_u8(vld1q_u8(table + 16), index);
    s[0] = vaddq_s16(s[0], vreinterpretq_s16_u8(vzip1q_u8(l, h)));
    s[1] = vaddq_s16(s[1], vreinterpretq_s16_u8(vzip2q_u8(l, h)));
}

/* 16 rows, two pairs. */
static inline void rows16(int16x8_t s[2], const uint8_t *w, const uint8_t *table) {
    const uint8x16_t b = vld1q_u8(w);
    look_up(s, vshrq_n_u8(b, 4), table);
    look_up(s, vandq_u8(b, vdupq_n_u8(15)), table + TABLE);
}

static inline void widen(int32_t *to, int16x8_t s) {
    vst1q_s32(to, vaddw_s16(vld1q_s32(to), vget_low_s16(s)));
    vst1q_s32(to + 4, vaddw_s16(vld1q_s32(to + 4), vget_high_s16(s)));
}

static void block(int32_t sum[TL_ROWS], const tk_args *a, tk_tiling t, size_t number, size_t token) {
    const size_t tile = number * TL_ROWS / t.bm_tile, in = number * TL_ROWS % t.bm_tile / TL_ROWS,
                 blocks = t.bm_tile / TL_ROWS;
    const uint8_t *table = (const uint8_t *)a->scratch + token * (a->shape.k / 2) * TABLE;
    const size_t steps = t.by_tile / COLUMNS, tiles = a->shape.k / t.by_tile;
    for (size_t kb = 0; kb < tiles; kb++) {
        const uint8_t *w = (const uint8_t *)a->w + ((tile * tiles + kb) * blocks + in) * steps * BYTES;
        for (size_t from = 0; from < steps; from += SAFE) {
            int16x8_t s[4] = {vdupq_n_s16(0), vdupq_n_s16(0), vdupq_n_s16(0), vdupq_n_s16(0)};
            const size_t end = steps - from < SAFE ? steps : from + SAFE;
            for (size_t i = from; i < end; i++, table += 4 * TABLE) {
                gemv_ahead(w + i * BYTES);
                rows16(s, w + i * BYTES, table);
                rows16(s, w + i * BYTES + 16, table + 2 * TABLE);
                rows16(s + 2, w + i * BYTES + 32, table);
                rows16(s + 2, w + i * BYTES + 48, table + 2 * TABLE);
            }
            for (size_t i = 0; i < 4; i++)
                widen(sum + 8 * i, s[i]);
        }
    }
}

static void run(const tk_args *a) {
    if (a->shape.m)
        tl_walk(a, tk_tl1_tiling(a->shape), block);
}

TK_KERNEL(gemv_tl1__neon, .layout = &tk_layout_tl1, .step = TL_ROWS, .step_k = COLUMNS, .reject = reject,
          .scratch = scratch, .prepare = prepare, .run = run, .note = "16-bit sums from two byte look-ups");
