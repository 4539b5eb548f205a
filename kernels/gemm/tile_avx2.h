/* tile_avx2.h: what the 256-bit GEMM templates share: a tile of sums in registers, with or without VPDPBUSD.
 *
 * A tile is 2 vectors of weights x up to 6 tokens: 12 sums, 2 weights, 1 activations, and 1 for products: all
 * 16 registers. Loads: 8 for 12 products.
 *
 *   AVX-VNNI   VPDPBUSD into int32: 12 operations, the multiplier ports bind: 64 products a cycle on two
 *   AVX2       VPMADDUBSW, added up as int16: 24 operations, 48 products a cycle on three vector ports
 *
 * Weights are plain codes, 0..3, so a pair of products is within 2 * 3 * 128 = 768 and int16 sums hold 42 of
 * them for every input: TILE_STEPS_16, after which a tile is widened and added to totals beside it, in the L1.
 * y is touched once per block of columns: its rows of a tile lie far apart, often in the same sets of a cache,
 * so every touch waits for the L2 (a tenth to a quarter of the time, were it that often). */
#ifndef TK_TILE_AVX2_H
#define TK_TILE_AVX2_H

#include <immintrin.h>
#include <stddef.h>

enum { TILE_VECTORS = 2, TILE_TOKENS = 6 };

enum { TILE_STEPS_16 = 42 /* that int16 sums hold */ };

#ifdef __AVXVNNI__
enum { TILE_STEPS = 1 << 16 };
#else
enum { TILE_STEPS = TILE_STEPS_16 };
#endif

/* sum += codes x activations. The additions are spelt out, as in gemv/panel_avx512.h: GCC 12 moves sums that go
 * through intrinsics, and mixes the steps, which spills them. */
static inline void tile_add(__m256i *sum, __m256i codes, __m256i q) {
#ifdef __AVXVNNI__
    __asm__("%{vex%} vpdpbusd %2, %1, %0" : "+x"(*sum) : "x"(codes), "x"(q));
#else
    __asm__("vpaddw %1, %0, %0" : "+x"(*sum) : "x"(_mm256_maddubs_epi16(codes, q)));
#endif
}

static inline __m256i tile_widened(__m256i sum) {
#ifdef __AVXVNNI__
    return sum;
#else
    return _mm256_madd_epi16(sum, _mm256_set1_epi16(1));
#endif
}

/* One step of a tile for one token. */
static inline void tile_step(__m256i sum[TILE_VECTORS], __m256i w0, __m256i w1, __m256i q) {
    __asm__("" : "+x"(q)); /* loaded once, not as an operand of both products */
    tile_add(&sum[0], w0, q);
    tile_add(&sum[1], w1, q);
}

typedef __m256i tile_sums[TILE_TOKENS][TILE_VECTORS];

__attribute__((always_inline)) static inline void tile_zero(tile_sums sum, size_t tokens) {
#pragma GCC unroll 6 /* an index would put the sums into memory */
    for (size_t t = 0; t < tokens; t++)
        sum[t][0] = sum[t][1] = _mm256_setzero_si256();
}

__attribute__((always_inline)) static inline void tile_total(tile_sums total, tile_sums sum, size_t tokens) {
#pragma GCC unroll 6
    for (size_t t = 0; t < tokens; t++)
        for (size_t v = 0; v < TILE_VECTORS; v++)
            total[t][v] = _mm256_add_epi32(total[t][v], tile_widened(sum[t][v]));
}

/* Cases of a switch that call f with the number of tokens as a constant: the sums have to be named registers.
 */
#define TILE_CASES_5(f, ...)                                                                                   \
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
        break

#define TILE_SWITCH(tokens, f, ...)                                                                            \
    switch (tokens) {                                                                                          \
        TILE_CASES_5(f, __VA_ARGS__);                                                                          \
    default:                                                                                                   \
        f(TILE_TOKENS, __VA_ARGS__);                                                                           \
    }

#endif
