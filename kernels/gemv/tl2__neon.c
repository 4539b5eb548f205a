/* TL2 x int8, NEON: as tl1__neon.c with three weights a look-up. The sign is the fifth bit of the index: TBL of
 * two registers sees 32 sums, the lower 16 as they are, the upper ones negated.
 *
 * 16 bytes are rows 0-7 and 16-23 (then 8-15 and 24-31); their signs are 8 words of 16 bits, of which bit 15 -
 * 2q is that of rows 0-7 and bit 14 - 2q that of rows 16-23 for triple q. So the upper bytes of the words, once
 * as they are and once shifted left by one, have all signs of triple q < 4 in bit 7 - 2q; the lower ones those
 * of the other four.
 *
 * High and low bytes of the sums are added apart: the low ones widened to 16 bits, the high ones (-2 .. 1) as
 * bytes, which hold the 64 triples of the widest tile. Bound: 9 operations for 48 weights on two vector pipes,
 * 10 weights a cycle; pairs 6 for 32. */
#include "gemv/tl2_generic.h"

#include <arm_neon.h>

enum { TABLE = 64, SIGNED = 32, HALVES = 2 };

static size_t scratch_bytes(tk_shape s) {
    return s.m && s.k ? s.n * tables_of(s) * TABLE : 0;
}

/* 32 low bytes, 32 high bytes of the generic tables and of their negatives. */
static void split(const tk_args *a) {
    if (!a->shape.m || !a->shape.k)
        return;
    const tk_tl2_parts at = tk_tl2_split(a->shape, tk_tl2_tiling(a->shape));
    size_t from, to;
    gemv_share(a, a->shape.n * tables_of(a->shape), &from, &to);
    for (size_t i = from; i < to; i++) {
        uint8_t *low = (uint8_t *)a->scratch + i * TABLE;
        int16_t sum[TL_ENTRIES];
        tl2_sums(sum, a, &at, i);
        for (size_t j = 0; j < SIGNED; j++) {
            const int value = j < TL_ENTRIES ? sum[j] : -sum[j - TL_ENTRIES];
            low[j] = (uint8_t)value;
            low[SIGNED + j] = (uint8_t)(value >> 8);
        }
    }
}

/* 16 rows of a block. */
typedef struct sums {
    uint16x8_t first, second; /* low bytes: rows 0-7, 16-23 */
    uint8x16_t high;
} sums;

static inline void add(sums *s, uint8x16_t low, uint8x16_t high) {
    s->first = vaddw_u8(s->first, vget_low_u8(low));
    s->second = vaddw_high_u8(s->second, low);
    s->high = vaddq_u8(s->high, high);
    TK_PIN(s->first);
    TK_PIN(s->second);
    TK_PIN(s->high);
}

static inline void triple(sums *s, uint8x16_t index, const uint8_t *table) {
    const uint8x16x2_t low = {{vld1q_u8(table), vld1q_u8(table + 16)}},
                       high = {{vld1q_u8(table + SIGNED), vld1q_u8(table + SIGNED + 16)}};
    add(s, vqtbl2q_u8(low, index), vqtbl2q_u8(high, index));
}

static inline void pair(sums *s, uint8x16_t index, const uint8_t *table) {
    add(s, vqtbl1q_u8(vld1q_u8(table), index), vqtbl1q_u8(vld1q_u8(table + SIGNED), index));
}

/* Two triples of 32 rows: numbers q and q + 1 of the eight that share the sign words; signs[half] has theirs.
 */
static inline void triples(sums s[HALVES], const uint8_t *w, const uint8_t *table,
                           const uint8x16_t signs[HALVES], int q) {
    const uint8x16_t fifth = vdupq_n_u8(0x10), nibble = vdupq_n_u8(15);
    const int8x16_t shift = vdupq_n_s8((int8_t)(q % 4 * 2 - 3)), next = vdupq_n_s8((int8_t)(q % 4 * 2 - 1));
    for (size_t h = 0; h < HALVES; h++) {
        const uint8x16_t b = vld1q_u8(w + 16 * h);
        triple(&s[h], vorrq_u8(vshrq_n_u8(b, 4), vandq_u8(vshlq_u8(signs[h], shift), fifth)), table);
        triple(&s[h], vorrq_u8(vandq_u8(b, nibble), vandq_u8(vshlq_u8(signs[h], next), fifth)), table + TABLE);
    }
}

static inline void pairs(sums s[HALVES], const uint8_t *w, const uint8_t *table) {
    for (size_t h = 0; h < HALVES; h++) {
        const uint8x16_t b = vld1q_u8(w + 16 * h);
        pair(&s[h], vshrq_n_u8(b, 4), table);
        pair(&s[h], vandq_u8(b, vdupq_n_u8(15)), table + TABLE);
    }
}

/* Adds 8 rows. */
static inline void widen(int32_t *to, uint16x8_t low, uint8x8_t high) {
    const int16x8_t s = vaddq_s16(vreinterpretq_s16_u16(low), vshll_n_s8(vreinterpret_s8_u8(high), 8));
    vst1q_s32(to, vaddw_s16(vld1q_s32(to), vget_low_s16(s)));
    vst1q_s32(to + 4, vaddw_s16(vld1q_s32(to + 4), vget_high_s16(s)));
}

static inline void finish(int32_t sum[TL_ROWS], const sums s[HALVES]) {
    for (size_t h = 0; h < HALVES; h++) {
        widen(sum + 8 * h, s[h].first, vget_low_u8(s[h].high));
        widen(sum + 16 + 8 * h, s[h].second, vget_high_u8(s[h].high));
    }
}

static inline void clear(sums s[HALVES]) {
    for (size_t h = 0; h < HALVES; h++)
        s[h] = (sums){vdupq_n_u16(0), vdupq_n_u16(0), vdupq_n_u8(0)};
}

static void block32(int32_t sum[TL_ROWS], const tk_args *a, tk_tiling t, size_t number, size_t token) {
    const tk_tl2_parts at = tk_tl2_split(a->shape, t);
    const uint8_t *w = a->w, *table = (const uint8_t *)a->scratch + token * tables_of(a->shape) * TABLE;
    const size_t tile = number * TL_ROWS / t.bm_tile, in = number * TL_ROWS % t.bm_tile / TL_ROWS,
                 blocks = t.bm_tile / TL_ROWS;
    sums s[HALVES];
    for (size_t kb = 0; kb < at.k3 / t.by_tile; kb++) {
        const size_t blk = (tile * (at.k3 / t.by_tile) + kb) * blocks + in;
        const uint8_t *byte = w + blk * (t.by_tile / 6) * 32,
                      *sign = w + at.signs + blk * (t.by_tile / 24) * 32;
        clear(s);
        for (size_t g = 0; g < t.by_tile / 24; g++, byte += 128, sign += 32, table += 8 * TABLE) {
            const uint8x16_t words[HALVES] = {vld1q_u8(sign), vld1q_u8(sign + 16)};
            const uint8x16_t left[HALVES] = {vshlq_n_u8(words[0], 1), vshlq_n_u8(words[1], 1)};
            const uint8x16_t upper[HALVES] = {vuzp2q_u8(words[0], left[0]), vuzp2q_u8(words[1], left[1])},
                             lower[HALVES] = {vuzp1q_u8(words[0], left[0]), vuzp1q_u8(words[1], left[1])};
            gemv_ahead(byte);
            triples(s, byte, table, upper, 0);
            triples(s, byte + 32, table + 2 * TABLE, upper, 2);
            triples(s, byte + 64, table + 4 * TABLE, lower, 4);
            triples(s, byte + 96, table + 6 * TABLE, lower, 6);
        }
        finish(sum, s);
    }
    for (size_t kb = 0; kb < at.k2 / 32; kb++) {
        const uint8_t *byte = w + at.pairs + ((tile * (at.k2 / 32) + kb) * blocks + in) * 8 * 32;
        clear(s);
        for (size_t j = 0; j < 8; j++, byte += 32, table += 2 * TABLE)
            pairs(s, byte, table);
        finish(sum, s);
    }
}

static void run32(const tk_args *a) {
    if (a->shape.m)
        tl_walk(a, tk_tl2_tiling(a->shape), block32);
}

TK_KERNEL(gemv_tl2__neon, .layout = &tk_layout_tl2, .step = TL_ROWS, .step_k = 32, .reject = gemv_reject,
          .scratch = scratch_bytes, .prepare = split, .run = run32,
          .note = "the sign as fifth bit of a look-up in 32 sums");
