/* panel_avx512.h: b2x and b3 with 512-bit vectors: VPDPBUSD spelt out, stores of 16 rows, decoding. */
#ifndef TK_PANEL_AVX512_H
#define TK_PANEL_AVX512_H

#include "gemv/panel.h"

#include <immintrin.h>

/* acc += u8 * s8 in place. GCC 12 moves accumulators that go through the intrinsic in every turn of the loop,
 * so the instruction is spelt out. */
static inline __m512i panel_dot(__m512i acc, __m512i codes, __m512i q) {
    __asm__("vpdpbusd %2, %1, %0" : "+v"(acc) : "v"(codes), "v"(q));
    return acc;
}

/* Before a loop over sums: unrolled, so that each is a register. Without it Clang keeps them in memory from 12
 * on, GCC where the loop's body is long. */
#ifdef __clang__
#define PANEL_UNROLL _Pragma("clang loop unroll(full)")
#else
#define PANEL_UNROLL _Pragma("GCC unroll 32")
#endif

/* Which of the 16 rows from `row` on lie in [begin, end). */
static inline __mmask16 panel_mask(size_t row, size_t begin, size_t end) {
    size_t low = begin > row ? begin - row : 0, high = end > row ? end - row : 0;
    if (low >= PANEL_LANES)
        return 0;
    return (__mmask16)((high < PANEL_LANES ? (1u << high) - 1 : 0xffffu) & 0xffffu << low);
}

/* No store for no rows: one where no page is does no harm, but takes microseconds. */
static inline void panel_store(int32_t *y, size_t row, size_t begin, size_t end, __m512i v) {
    const __mmask16 mask = panel_mask(row, begin, end);
    if (mask)
        _mm512_mask_storeu_epi32(y + row, mask, v);
}

/* b2x: what is multiplied instead of single codes, and the rows' dot products of codes from the sums. */
static inline void b2x_decode(__m512i out[4], __m512i c) {
    out[0] = c;
    out[1] = _mm512_and_si512(c, _mm512_set1_epi8(0x3f));
    out[2] = _mm512_and_si512(c, _mm512_set1_epi8(0x0f));
    out[3] = _mm512_and_si512(c, _mm512_set1_epi8(0x03));
}

static inline void b2x_apart(__m512i row[4], const __m512i sum[4]) {
    row[0] = sum[3];
    row[1] = _mm512_srai_epi32(_mm512_sub_epi32(sum[2], sum[3]), 2);
    row[2] = _mm512_srai_epi32(_mm512_sub_epi32(sum[1], sum[2]), 4);
    row[3] = _mm512_srai_epi32(_mm512_sub_epi32(sum[0], sum[1]), 6);
}

#endif
