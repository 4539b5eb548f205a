/* panel_avx512.h: b2x and b3 with 512-bit vectors: VPDPBUSD spelt out, and stores of 16 rows. */
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

/* y[row + i] = v[i] for those of the 16 rows that lie in [begin, end). */
static inline void panel_store(int32_t *y, size_t row, size_t begin, size_t end, __m512i v) {
    size_t low = begin > row ? begin - row : 0, high = end > row ? end - row : 0;
    if (low >= PANEL_LANES || !high)
        return;
    unsigned mask = (high < PANEL_LANES ? (1u << high) - 1 : 0xffffu) & (0xffffu << low);
    _mm512_mask_storeu_epi32(y + row, (__mmask16)mask, v);
}

#endif
