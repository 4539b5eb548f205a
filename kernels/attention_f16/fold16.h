/* fold16.h: 16 vectors of 16 lanes, each summed by the tree of f32_tree, to 16 sums in order. Two vectors are
 * folded at a time, so that a step of the tree for both is one addition: 15 additions and 30 shuffles of 512
 * bits for all 16, where a tree for each takes 4 of both. */
#ifndef TK_FOLD16_H
#define TK_FOLD16_H

#include "f32/f32_vec.h"

#if defined(__x86_64__)
#include <immintrin.h>
#else
#include <arm_neon.h>
#endif

#if defined(__AVX512F__)
/* Lanes l and l + 8 of a, and of b; in units of 128 bits [a a b b]. */
static inline __m512 fold_8(__m512 a, __m512 b) {
    return _mm512_add_ps(_mm512_shuffle_f32x4(a, b, 0x44), _mm512_shuffle_f32x4(a, b, 0xee));
}
/* Lanes l and l + 4 of what is left of two vectors in each: [a b c d]. */
static inline __m512 fold_4(__m512 ab, __m512 cd) {
    return _mm512_add_ps(_mm512_shuffle_f32x4(ab, cd, 0x88), _mm512_shuffle_f32x4(ab, cd, 0xdd));
}
static inline __m512 fold_2(__m512 x, __m512 y) {
    const __m512d a = _mm512_castps_pd(x), b = _mm512_castps_pd(y);
    return _mm512_add_ps(_mm512_castpd_ps(_mm512_unpacklo_pd(a, b)),
                         _mm512_castpd_ps(_mm512_unpackhi_pd(a, b)));
}
static inline __m512 fold_1(__m512 x, __m512 y) {
    return _mm512_add_ps(_mm512_shuffle_ps(x, y, 0x88), _mm512_shuffle_ps(x, y, 0xdd));
}

static inline lanes fold16(const lanes *s) {
    __m512 four[4]; /* of vectors i, i + 4, i + 8, i + 12 */
    for (size_t i = 0; i < 4; i++)
        four[i] = fold_4(fold_8((__m512)s[i].part[0], (__m512)s[i + 4].part[0]),
                         fold_8((__m512)s[i + 8].part[0], (__m512)s[i + 12].part[0]));
    return (lanes){{(vec)fold_1(fold_2(four[0], four[1]), fold_2(four[2], four[3]))}};
}
#elif defined(__AVX2__)
/* Lanes l and l + 4 of a, and of b: [a b]. */
static inline __m256 fold_4(__m256 a, __m256 b) {
    return _mm256_add_ps(_mm256_permute2f128_ps(a, b, 0x20), _mm256_permute2f128_ps(a, b, 0x31));
}
static inline __m256 fold_2(__m256 x, __m256 y) {
    const __m256d a = _mm256_castps_pd(x), b = _mm256_castps_pd(y);
    return _mm256_add_ps(_mm256_castpd_ps(_mm256_unpacklo_pd(a, b)),
                         _mm256_castpd_ps(_mm256_unpackhi_pd(a, b)));
}
static inline __m256 fold_1(__m256 x, __m256 y) {
    return _mm256_add_ps(_mm256_shuffle_ps(x, y, 0x88), _mm256_shuffle_ps(x, y, 0xdd));
}

static inline lanes fold16(const lanes *s) {
    lanes all;
    for (size_t half = 0; half < 2; half++, s += 8) {
        __m256 two[4]; /* of vectors i and i + 4 */
        for (size_t i = 0; i < 4; i++)
            two[i] =
                fold_4((__m256)(s[i].part[0] + s[i].part[1]), (__m256)(s[i + 4].part[0] + s[i + 4].part[1]));
        all.part[half] = (vec)fold_1(fold_2(two[0], two[1]), fold_2(two[2], two[3]));
    }
    return all;
}
#else
static inline float32x4_t fold_4(const lanes *s) { /* lanes l, l + 4, l + 8, l + 12 */
    return (float32x4_t)((s->part[0] + s->part[2]) + (s->part[1] + s->part[3]));
}
static inline float32x4_t fold_2(float32x4_t a, float32x4_t b) {
    return vaddq_f32(vcombine_f32(vget_low_f32(a), vget_low_f32(b)),
                     vcombine_f32(vget_high_f32(a), vget_high_f32(b)));
}
static inline float32x4_t fold_1(float32x4_t x, float32x4_t y) {
    return vaddq_f32(vuzp1q_f32(x, y), vuzp2q_f32(x, y));
}

static inline lanes fold16(const lanes *s) {
    lanes all;
    for (size_t i = 0; i < VEC_PARTS; i++, s += 4)
        all.part[i] = (vec)fold_1(fold_2(fold_4(s), fold_4(s + 1)), fold_2(fold_4(s + 2), fold_4(s + 3)));
    return all;
}
#endif

#endif
