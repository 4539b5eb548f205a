/* I2_S x int8 for a few tokens with VPMADDUBSW: the loop of gemv/i2s__avx2.c, where the codes in registers
 * serve up to 4 tokens; nothing is written to a buffer, which takes many tokens to pay.
 *
 *   32 bytes of a row = a group: four vectors of codes, two of them times 4     5 operations
 *     for each token: 4 VPMADDUBSW, 4 additions, widened every 5 groups         8.6
 *
 * Registers: 4 codes, 2 sums a token, 1 for products. Bound: 22 operations for 256 products of two tokens, 39
 * for 512 of four, on three vector ports. Rows of 4 are added up across lanes together. */
#include "gemm/tile_avx2.h"
#include "gemv/gemv_tmpl.h"

#include <immintrin.h>

enum { BLOCK = 5, FEW = 4 };

/* A group of one row; x of the token t at x + t * k. */
__attribute__((always_inline)) static inline void group(size_t tokens, __m256i at1[FEW], __m256i at4[FEW],
                                                        const uint8_t *w, const int8_t *x, size_t k) {
    const __m256i low = _mm256_set1_epi8(0x03), high = _mm256_set1_epi8(0x0c);
    const __m256i even = _mm256_loadu_si256((const __m256i *)(const void *)w), odd = _mm256_srli_epi16(even, 4);
    const __m256i c0 = _mm256_and_si256(odd, high), c1 = _mm256_and_si256(odd, low);
    const __m256i c2 = _mm256_and_si256(even, high), c3 = _mm256_and_si256(even, low);
    gemv_ahead(w);
    for (size_t t = 0; t < tokens; t++) {
        const __m256i *q = (const __m256i *)(const void *)(x + t * k);
        tile_add(&at4[t], c0, _mm256_loadu_si256(q));
        tile_add(&at1[t], c1, _mm256_loadu_si256(q + 1));
        tile_add(&at4[t], c2, _mm256_loadu_si256(q + 2));
        tile_add(&at1[t], c3, _mm256_loadu_si256(q + 3));
    }
}

/* sum[t]: a row times each token, lanes not yet added. */
__attribute__((always_inline)) static inline void row_sums(size_t tokens, __m256i sum[FEW], const uint8_t *w,
                                                           const int8_t *x, size_t k) {
    const __m256i ones = _mm256_set1_epi16(1), zero = _mm256_setzero_si256();
    __m256i sum1[FEW] = {zero, zero, zero, zero}, sum4[FEW] = {zero, zero, zero, zero};
    for (size_t left = k / GEMV_GROUP; left;) {
        const size_t n = left < BLOCK ? left : BLOCK;
        __m256i at1[FEW] = {zero, zero, zero, zero}, at4[FEW] = {zero, zero, zero, zero};
        for (size_t i = 0; i < n; i++, w += GEMV_BYTES, x += GEMV_GROUP)
            group(tokens, at1, at4, w, x, k);
        for (size_t t = 0; t < tokens; t++) {
            sum1[t] = _mm256_add_epi32(sum1[t], _mm256_madd_epi16(at1[t], ones));
            sum4[t] = _mm256_add_epi32(sum4[t], _mm256_madd_epi16(at4[t], ones));
        }
        left -= n;
    }
    for (size_t t = 0; t < tokens; t++)
        sum[t] = _mm256_add_epi32(sum1[t], _mm256_srai_epi32(sum4[t], 2));
}

/* Rows m .. m + rows - 1, the last again where there are no four; tokens n .. n + tokens - 1. */
__attribute__((always_inline)) static inline void four_rows(size_t tokens, const tk_args *a, size_t m,
                                                            size_t rows, size_t n) {
    const size_t k = a->shape.k;
    __m256i s[GEMV_ROWS][FEW];
    for (size_t r = 0; r < GEMV_ROWS; r++)
        row_sums(tokens, s[r], (const uint8_t *)a->w + (m + (r < rows ? r : rows - 1)) * (k / 4),
                 (const int8_t *)a->x + n * k, k);
    for (size_t t = 0; t < tokens; t++) {
        const __m256i all =
            _mm256_hadd_epi32(_mm256_hadd_epi32(s[0][t], s[1][t]), _mm256_hadd_epi32(s[2][t], s[3][t]));
        int32_t out[GEMV_ROWS], *y = (int32_t *)a->y + (n + t) * a->shape.m + m;
        _mm_storeu_si128((__m128i *)(void *)out,
                         _mm_add_epi32(_mm256_castsi256_si128(all), _mm256_extracti128_si256(all, 1)));
        for (size_t r = 0; r < rows; r++)
            y[r] = out[r] - a->sum[n + t];
    }
}

static void run(const tk_args *a) {
    for (size_t m = a->begin; m < a->end; m += GEMV_ROWS) {
        const size_t rows = a->end - m < GEMV_ROWS ? a->end - m : GEMV_ROWS;
        for (size_t n = 0; n < a->shape.n; n += FEW)
            switch (a->shape.n - n) { /* a constant where it is inlined: sums have to be named registers */
            case 1:
                four_rows(1, a, m, rows, n);
                break;
            case 2:
                four_rows(2, a, m, rows, n);
                break;
            case 3:
                four_rows(3, a, m, rows, n);
                break;
            default:
                four_rows(FEW, a, m, rows, n);
            }
    }
}

TK_KERNEL(gemm_i2s__avx2_few, .layout = &tk_layout_i2s, .step = GEMV_ROWS, .step_k = GEMV_GROUP,
          .reject = gemv_reject, .run = run, .note = "codes in registers for up to 4 tokens");
