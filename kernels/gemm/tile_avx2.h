/* tile_avx2.h: what the 256-bit GEMM templates share: a tile of sums in registers, with or without VPDPBUSD.
 *
 * A tile is 2 vectors of weights x up to 6 tokens: 12 sums, 2 weights, 1 activations, and 1 for products: all
 * 16 registers. Loads: 8 for 12 products.
 *
 *   AVX-VNNI   VPDPBUSD into int32: 12 operations, the multiplier ports bind: 64 products a cycle on two
 *   AVX2       VPMADDUBSW, added up as int16: 24 operations, 48 products a cycle on three vector ports
 *
 * Weights are plain codes, 0..3, so a pair of products is within 2 * 3 * 128 = 768 and int16 sums hold 42 of
 * them for every input: TILE_STEPS, after which a tile is widened and added to y. */
#ifndef TK_TILE_AVX2_H
#define TK_TILE_AVX2_H

#include <immintrin.h>

enum { TILE_VECTORS = 2, TILE_TOKENS = 6, TILE_STEPS = 42 };

#ifdef __AVXVNNI__
/* sum += two vectors of codes x activations. Spelt out, as in gemv/panel_avx512.h: GCC 12 moves sums that go
 * through the intrinsic. */
static inline void tile_add(__m256i sum[TILE_VECTORS], __m256i w0, __m256i w1, __m256i q) {
    __asm__("%{vex%} vpdpbusd %2, %1, %0" : "+x"(sum[0]) : "x"(w0), "x"(q));
    __asm__("%{vex%} vpdpbusd %2, %1, %0" : "+x"(sum[1]) : "x"(w1), "x"(q));
}

static inline __m256i tile_widened(__m256i sum) {
    return sum;
}
#else
static inline void tile_add(__m256i sum[TILE_VECTORS], __m256i w0, __m256i w1, __m256i q) {
    __asm__("" : "+x"(q)); /* loaded once, not as an operand of both products */
    sum[0] = _mm256_add_epi16(sum[0], _mm256_maddubs_epi16(w0, q));
    sum[1] = _mm256_add_epi16(sum[1], _mm256_maddubs_epi16(w1, q));
    __asm__("" : "+x"(sum[0])); /* or GCC 12 mixes the steps, and spills */
    __asm__("" : "+x"(sum[1]));
}

static inline __m256i tile_widened(__m256i sum) {
    return _mm256_madd_epi16(sum, _mm256_set1_epi16(1));
}
#endif

/* Calls f with the number of tokens as a constant: the sums have to be named registers. */
#define TILE_SWITCH(tokens, f, ...)                                                                            \
    switch (tokens) {                                                                                          \
    case 1:                                                                                                    \
        f(1, __VA_ARGS__);                                                                                     \
        break;                                                                                                 \
    case 2:                                                                                                    \
        f(2, __VA_ARGS__);                                                                                     \
        break;                                                                                                 \
    case 3:                                                                                                    \
        f(3, __VA_ARGS__);                                                                                     \
        break;                                                                                                 \
    case 4:                                                                                                    \
        f(4, __VA_ARGS__);                                                                                     \
        break;                                                                                                 \
    case 5:                                                                                                    \
        f(5, __VA_ARGS__);                                                                                     \
        break;                                                                                                 \
    default:                                                                                                   \
        f(TILE_TOKENS, __VA_ARGS__);                                                                           \
    }

#endif
