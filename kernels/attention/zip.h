/* zip.h: a square of vectors transposed by perfect shuffles: as many rounds as an index has bits, each of which
 * zips row i and row i + half to rows 2i and 2i + 1, so that all bits of (row, column) go round by one. */
#ifndef TK_ZIP_H
#define TK_ZIP_H

#include "f32/f32_vec.h"

#if defined(__x86_64__)
#include <immintrin.h>
#else
#include <arm_neon.h>
#endif

/* a0 b0 a1 b1 .. of the lower halves, and of the upper ones. */
static inline void zip(vec *low, vec *high, vec a, vec b) {
#if defined(__AVX512F__)
    const __m512i index =
        _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23); /* + 8: the upper halves */
    *low = (vec)_mm512_permutex2var_ps((__m512)a, index, (__m512)b);
    *high = (vec)_mm512_permutex2var_ps((__m512)a, _mm512_add_epi32(index, _mm512_set1_epi32(8)), (__m512)b);
#elif defined(__AVX2__)
    const __m256 even = _mm256_unpacklo_ps((__m256)a, (__m256)b),
                 odd = _mm256_unpackhi_ps((__m256)a, (__m256)b);
    *low = (vec)_mm256_permute2f128_ps(even, odd, 0x20);
    *high = (vec)_mm256_permute2f128_ps(even, odd, 0x31);
#else
    *low = (vec)vzip1q_f32((float32x4_t)a, (float32x4_t)b);
    *high = (vec)vzip2q_f32((float32x4_t)a, (float32x4_t)b);
#endif
}

static inline void zip_transpose(vec v[VEC_WIDTH]) {
    for (size_t round = VEC_WIDTH; round > 1; round /= 2) {
        vec next[VEC_WIDTH];
        for (size_t i = 0; i < VEC_WIDTH / 2; i++)
            zip(&next[2 * i], &next[2 * i + 1], v[i], v[i + VEC_WIDTH / 2]);
        for (size_t i = 0; i < VEC_WIDTH; i++)
            v[i] = next[i];
    }
}

#endif
