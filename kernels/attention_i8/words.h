/* words.h: vectors of 16-bit words, for products of two of them added to a 32-bit sum, with what each ISA has
 * for it: VPDPWSSD, VPMADDWD and an addition, or SMLAL twice. */
#ifndef TK_WORDS_H
#define TK_WORDS_H

#include "f32/f32_vec.h"

#if defined(__x86_64__)
#include <immintrin.h>
#else
#include <arm_neon.h>
#endif

enum { WORDS = VEC_BYTES / 2 };

#if defined(__AVX512F__)
typedef __m512i words, ints;

static inline words words_widen(const int8_t *x) {
    return _mm512_cvtepi8_epi16(_mm256_loadu_si256((const __m256i *)(const void *)x));
}
/* Lane i: products 2i and 2i + 1. */
static inline ints words_dot(ints sum, words a, words b) {
#if defined(__AVX512VNNI__)
    return _mm512_dpwssd_epi32(sum, a, b);
#else
    return _mm512_add_epi32(sum, _mm512_madd_epi16(a, b));
#endif
}
/* Two rows side by side for words_dot: lane i of pair[0] and pair[1] has the same column of both. */
static inline void words_pair(words pair[2], words row0, words row1) {
    pair[0] = _mm512_unpacklo_epi16(row0, row1);
    pair[1] = _mm512_unpackhi_epi16(row0, row1);
}
/* The columns of words_pair in order. */
static inline void ints_order(ints sum[2]) {
    const ints a = sum[0], b = sum[1],
               low = _mm512_setr_epi32(0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
    sum[0] = _mm512_permutex2var_epi32(a, low, b);
    sum[1] = _mm512_permutex2var_epi32(a, _mm512_add_epi32(low, _mm512_set1_epi32(8)), b);
}
static inline vec_bits bits_max(vec_bits a, vec_bits b) {
    return (vec_bits)_mm512_max_epu32((__m512i)a, (__m512i)b);
}

/* 16 vectors, each summed. */
static inline ints ints_fold_8(ints a, ints b) {
    return _mm512_add_epi32(_mm512_shuffle_i32x4(a, b, 0x44), _mm512_shuffle_i32x4(a, b, 0xee));
}
static inline ints ints_fold_4(ints ab, ints cd) {
    return _mm512_add_epi32(_mm512_shuffle_i32x4(ab, cd, 0x88), _mm512_shuffle_i32x4(ab, cd, 0xdd));
}
static inline ints ints_fold_2(ints a, ints b) {
    return _mm512_add_epi32(_mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b));
}
static inline ints ints_fold_1(ints x, ints y) {
    const __m512 a = _mm512_castsi512_ps(x), b = _mm512_castsi512_ps(y);
    return _mm512_add_epi32(_mm512_castps_si512(_mm512_shuffle_ps(a, b, 0x88)),
                            _mm512_castps_si512(_mm512_shuffle_ps(a, b, 0xdd)));
}
static inline void ints_fold16(int32_t to[F32_LANES], const ints *s) {
    ints four[4]; /* of vectors i, i + 4, i + 8, i + 12 */
    for (size_t i = 0; i < 4; i++)
        four[i] = ints_fold_4(ints_fold_8(s[i], s[i + 4]), ints_fold_8(s[i + 8], s[i + 12]));
    _mm512_storeu_si512(to, ints_fold_1(ints_fold_2(four[0], four[1]), ints_fold_2(four[2], four[3])));
}
#elif defined(__AVX2__)
typedef __m256i words, ints;

static inline words words_widen(const int8_t *x) {
    return _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(const void *)x));
}
static inline ints words_dot(ints sum, words a, words b) {
#if defined(__AVXVNNI__)
    return _mm256_dpwssd_avx_epi32(sum, a, b);
#else
    return _mm256_add_epi32(sum, _mm256_madd_epi16(a, b));
#endif
}
static inline void words_pair(words pair[2], words row0, words row1) {
    pair[0] = _mm256_unpacklo_epi16(row0, row1);
    pair[1] = _mm256_unpackhi_epi16(row0, row1);
}
static inline void ints_order(ints sum[2]) {
    const ints a = sum[0], b = sum[1];
    sum[0] = _mm256_permute2x128_si256(a, b, 0x20);
    sum[1] = _mm256_permute2x128_si256(a, b, 0x31);
}
static inline vec_bits bits_max(vec_bits a, vec_bits b) {
    return (vec_bits)_mm256_max_epu32((__m256i)a, (__m256i)b);
}

/* Four vectors: a sum of each in both halves. */
static inline ints ints_fold_4(const ints *s) {
    return _mm256_hadd_epi32(_mm256_hadd_epi32(s[0], s[1]), _mm256_hadd_epi32(s[2], s[3]));
}
static inline void ints_fold16(int32_t to[F32_LANES], const ints *s) {
    for (size_t i = 0; i < F32_LANES; i += 8) {
        const ints a = ints_fold_4(s + i), b = ints_fold_4(s + i + 4);
        _mm256_storeu_si256(
            (__m256i *)(void *)(to + i),
            _mm256_add_epi32(_mm256_permute2x128_si256(a, b, 0x20), _mm256_permute2x128_si256(a, b, 0x31)));
    }
}
#else
typedef int16x8_t words;
typedef int32x4_t ints;

static inline words words_widen(const int8_t *x) {
    return vmovl_s8(vld1_s8(x));
}
/* Lane i: products i and i + 4. */
static inline ints words_dot(ints sum, words a, words b) {
    return vmlal_high_s16(vmlal_s16(sum, vget_low_s16(a), vget_low_s16(b)), a, b);
}
static inline void words_pair(words pair[2], words row0, words row1) {
    pair[0] = vcombine_s16(vget_low_s16(row0), vget_low_s16(row1));
    pair[1] = vcombine_s16(vget_high_s16(row0), vget_high_s16(row1));
}
static inline void ints_order(ints sum[2]) {
    (void)sum;
}
static inline vec_bits bits_max(vec_bits a, vec_bits b) {
    return (vec_bits)vmaxq_u32((uint32x4_t)a, (uint32x4_t)b);
}

static inline void ints_fold16(int32_t to[F32_LANES], const ints *s) {
    for (size_t i = 0; i < F32_LANES; i += 4)
        vst1q_s32(to + i, vpaddq_s32(vpaddq_s32(s[i], s[i + 1]), vpaddq_s32(s[i + 2], s[i + 3])));
}
#endif

#if defined(__x86_64__)
/* A weight for each row of words_pair. */
static inline words words_pair_all(const int16_t *w) {
    int32_t both;
    memcpy(&both, w, sizeof both);
    return (words)(both - (vec_int){0});
}
/* Neighbours, as lanes of words_dot have them. */
static inline words words_of_pairs(words neighbours) {
    return neighbours;
}
#else
static inline words words_pair_all(const int16_t *w) {
    return vcombine_s16(vdup_n_s16(w[0]), vdup_n_s16(w[1]));
}
static inline words words_of_pairs(words neighbours) {
    const int16x4_t low = vget_low_s16(neighbours), high = vget_high_s16(neighbours);
    return vcombine_s16(vuzp1_s16(low, high), vuzp2_s16(low, high));
}
#endif

/* Whole vectors at any alignment: of memcpy GCC makes halves, which a load of the whole has to wait for. */
typedef int16_t words_any __attribute__((vector_size(VEC_BYTES), aligned(2), may_alias));
typedef int32_t ints_any __attribute__((vector_size(VEC_BYTES), aligned(4), may_alias));
static inline words words_load(const int16_t *x) {
    return (words) * (const words_any *)(const void *)x;
}
static inline void words_store(int16_t *x, words w) {
    *(words_any *)(void *)x = (words_any)w;
}
static inline ints ints_load(const int32_t *x) {
    return (ints) * (const ints_any *)(const void *)x;
}
static inline void ints_store(int32_t *x, ints i) {
    *(ints_any *)(void *)x = (ints_any)i;
}
static inline vec ints_to_vec(ints i) {
    return __builtin_convertvector((vec_int)i, vec);
}

static inline ints ints_zero(void) {
    return (ints){0};
}

#endif
