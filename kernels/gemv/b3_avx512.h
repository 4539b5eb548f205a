/* b3_avx512.h: five weights a byte (layouts/b3.c), decoded in registers by two byte permutes (VBMI).
 *
 * A byte x = A + 3B + 9C + 28D + 84E holds five rows that meet the same activation, so what is multiplied need
 * not be single codes: five independent combinations do, and the sums are taken apart once a panel.
 *
 *   x                                       A + 3B + 9C + 28D + 84E     no work
 *   h = HIGH[x >> 2]                        36D + 12E                   shift, VPERMB
 *   z = LOW[x + h]                          A + 4B + 16C                add, VPERMB
 *   z & 0x0f, z & 0x03                      A + 4B, A                   AND, AND
 *
 * VPERMB looks at six bits of an index, so neither the bits that the 16-bit shift brings from the neighbour nor
 * the carries matter. x + h = A + 3B + 9C + 64D + 96E, whose low six bits are A + 3B + 9C, + 32 if E is odd:
 * that is why h is 36D + 12E, and why LOW holds its 27 entries twice.
 *
 * Taken apart: R = x - (A + 3B + 9C) = 28D + 84E, h = 36D + 12E; 7h - R = 224D; h/4 - 9D = 3E. Divisions by 7
 * and 3 are exact, so they are multiplications modulo 2^32. Sums may wrap on the way, as long as 224 * |D| is
 * below 2^31. With the sum of the activations taken off first |D| <= 128 * K for the bytes that pack writes, so
 * K < 74,898 (256 * K and K < 37,449 for any bytes). */
#ifndef TK_B3_AVX512_H
#define TK_B3_AVX512_H

#include "gemv/panel_avx512.h"
#include "pin.h"

typedef struct b3_tables {
    __m512i high, low;
} b3_tables;

static inline b3_tables b3_make_tables(void) {
    uint8_t high[64], low[64];
    for (unsigned i = 0; i < 64; i++) {
        high[i] = (uint8_t)(36 * (i / 7 % 3) + 12 * (i / 7 / 3));
        low[i] = (uint8_t)(i % 32 % 9 % 3 + 4 * (i % 32 % 9 / 3) + 16 * (i % 32 / 9));
    }
    return (b3_tables){_mm512_loadu_si512(high), _mm512_loadu_si512(low)};
}

static inline void b3_decode(__m512i out[5], const b3_tables *t, __m512i x) {
    TK_PIN(x); /* or GCC loads it three times: 177 GMAC/s from L2 for 190 on Zen 4 */
    out[0] = x;
    out[1] = _mm512_permutexvar_epi8(_mm512_srli_epi16(x, 2), t->high);
    out[2] = _mm512_permutexvar_epi8(_mm512_add_epi8(x, out[1]), t->low);
    out[3] = _mm512_and_si512(out[2], _mm512_set1_epi8(0x0f));
    out[4] = _mm512_and_si512(out[2], _mm512_set1_epi8(0x03));
}

/* The five rows' dot products of weights with q, from the sums over codes and the sum of q. */
static inline void b3_apart(__m512i row[5], const __m512i s[5], int32_t sum) {
    const __m512i one = _mm512_set1_epi32(sum), seventh = _mm512_set1_epi32((int32_t)0xb6db6db7u),
                  third = _mm512_set1_epi32((int32_t)0xaaaaaaabu), nine = _mm512_set1_epi32(9);
    __m512i a = s[4], b = _mm512_srai_epi32(_mm512_sub_epi32(s[3], a), 2);
    __m512i c = _mm512_srai_epi32(_mm512_sub_epi32(s[2], s[3]), 4);
    __m512i low = _mm512_add_epi32(_mm512_mullo_epi32(b, _mm512_set1_epi32(3)), _mm512_mullo_epi32(c, nine));
    __m512i high = _mm512_sub_epi32(_mm512_sub_epi32(s[0], a), low);
    __m512i d224 = _mm512_sub_epi32(_mm512_mullo_epi32(s[1], _mm512_set1_epi32(7)), high);
    d224 = _mm512_sub_epi32(d224, _mm512_set1_epi32((int32_t)(224u * (uint32_t)sum)));
    __m512i h48 = _mm512_sub_epi32(s[1], _mm512_set1_epi32((int32_t)(48u * (uint32_t)sum)));
    row[0] = _mm512_sub_epi32(a, one);
    row[1] = _mm512_sub_epi32(b, one);
    row[2] = _mm512_sub_epi32(c, one);
    row[3] = _mm512_mullo_epi32(_mm512_srai_epi32(d224, 5), seventh);
    row[4] = _mm512_sub_epi32(_mm512_srai_epi32(h48, 2), _mm512_mullo_epi32(row[3], nine));
    row[4] = _mm512_mullo_epi32(row[4], third);
}

#endif
