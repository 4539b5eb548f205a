/* b3_neon.h: five weights a byte (layouts/b3.c) by table look-ups: x = s + 28u, s = A + 3B + 9C, u = D + 3E.
 *
 *   h = HIGH[x >> 2]              4u + 64D                                   2 operations, TBL of 4 registers
 *   z = LOW[x + h & 31]           A + 4B + 16C; x + h = s + 32u + 64D        3, TBL of 2
 *   z & 0x03, z & 0x0c, z >> 4    A, 4B, C                                   3
 *   h >> 6, THIRD[(h >> 2) & 15]  D, E = u / 3                               4, TBL of 1 */
#ifndef TK_B3_NEON_H
#define TK_B3_NEON_H

#include "gemv/panel_neon.h"

typedef struct b3_tables {
    uint8x16x4_t high;
    uint8x16x2_t low;
    uint8x16_t third;
} b3_tables;

/* Pinned, so that the compiler does not load them as constants again in every turn. */
static inline b3_tables b3_make_tables(void) {
    uint8_t high[64], low[32], third[16];
    b3_tables t;
    for (unsigned i = 0; i < 64; i++)
        high[i] = (uint8_t)(4 * (i / 7) + 64 * (i / 7 % 3));
    for (unsigned i = 0; i < 32; i++)
        low[i] = (uint8_t)(i % 9 % 3 + 4 * (i % 9 / 3) + 16 * (i / 9));
    for (unsigned i = 0; i < 16; i++)
        third[i] = (uint8_t)(i / 3);
    for (size_t i = 0; i < 6; i++) {
        uint8x16_t part = vld1q_u8(i < 4 ? high + 16 * i : low + 16 * (i - 4));
        TK_PIN(part);
        *(i < 4 ? &t.high.val[i] : &t.low.val[i - 4]) = part;
    }
    t.third = vld1q_u8(third);
    TK_PIN(t.third);
    return t;
}

/* Codes A, 4B, C, D, E of 16 bytes. */
static inline void b3_decode(uint8x16_t out[5], const b3_tables *t, uint8x16_t x) {
    const uint8x16_t h = vqtbl4q_u8(t->high, vshrq_n_u8(x, 2));
    const uint8x16_t z = vqtbl2q_u8(t->low, vandq_u8(vaddq_u8(x, h), vdupq_n_u8(31)));
    out[0] = vandq_u8(z, vdupq_n_u8(0x03));
    out[1] = vandq_u8(z, vdupq_n_u8(0x0c));
    out[2] = vshrq_n_u8(z, 4);
    out[3] = vshrq_n_u8(h, 6);
    out[4] = vqtbl1q_u8(t->third, vandq_u8(vshrq_n_u8(h, 2), vdupq_n_u8(15)));
}

#endif
