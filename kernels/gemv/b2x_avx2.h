/* b2x_avx2.h: b2x x int8 with VPMADDUBSW: unsigned codes x signed q, pairs of columns added to int16.
 *
 *   32 bytes = 8 rows x 4 columns:      & 0x03 = A        & 0x0c = 4B
 *   the same shifted right by 4:        & 0x03 = C        & 0x0c = 4D
 *
 * Codes stay scaled by 4 in two of the four, which saves shifts. VPMADDUBSW cannot saturate: |pair| <= 2 * 12 *
 * 128 = 3072, so int16 sums hold 10 blocks for every input; then they are widened.
 * Bound: 13 operations per 128 weights on three vector ports, 30 weights a cycle. Ten blocks are one straight
 * piece of code with sums pinned: a loop whose sums GCC reordered and spilled took 1.4 times as long.
 *
 * Several tokens are an inner loop: up to 7 of them, codes in registers anew for each are faster than a buffer
 * of decoded codes (gemm/panels_avx2.h). Two tokens that share the masked codes gained 4 %, in 90 lines. */
#ifndef TK_B2X_AVX2_H
#define TK_B2X_AVX2_H

#include "gemv/panel_avx2.h"

enum { FIELDS = 4, HALVES = 2, WIDEN = 10 };

static inline __m256i times(__m256i sum, __m256i codes, __m256i mask, __m256i q) {
    sum = _mm256_add_epi16(sum, _mm256_maddubs_epi16(_mm256_and_si256(codes, mask), q));
    TK_PIN(sum);
    return sum;
}

static inline void step(__m256i sum[FIELDS], __m256i c, __m256i q) {
    const __m256i low = _mm256_set1_epi8(0x03), high = _mm256_set1_epi8(0x0c), up = _mm256_srli_epi16(c, 4);
    sum[0] = times(sum[0], c, low, q);
    sum[1] = times(sum[1], c, high, q);
    sum[2] = times(sum[2], up, low, q);
    sum[3] = times(sum[3], up, high, q);
}

/* out[half][field] += blocks * activations, at most WIDEN of them. */
__attribute__((always_inline)) static inline void some_blocks(size_t blocks, __m256i out[HALVES][FIELDS],
                                                              const uint8_t *w, const int8_t *x) {
    const __m256i ones = _mm256_set1_epi16(1), zero = _mm256_setzero_si256();
    __m256i first[FIELDS] = {zero, zero, zero, zero}, second[FIELDS] = {zero, zero, zero, zero};
#pragma GCC unroll 10
    for (size_t i = 0; i < blocks; i++, w += PANEL_BLOCK, x += PANEL_COLUMNS) {
        const __m256i q = _mm256_set1_epi32(panel_quad(x));
        _mm_prefetch((const char *)w + 4096, _MM_HINT_T0);
        step(first, panel_half(w, 0), q);
        step(second, panel_half(w, 1), q);
    }
    for (size_t f = 0; f < FIELDS; f++) {
        out[0][f] = _mm256_add_epi32(out[0][f], _mm256_madd_epi16(first[f], ones));
        out[1][f] = _mm256_add_epi32(out[1][f], _mm256_madd_epi16(second[f], ones));
    }
}

static inline void panel(__m256i sum[HALVES][FIELDS], const uint8_t *w, const int8_t *x, size_t k) {
    size_t left = k / PANEL_COLUMNS;
    memset(sum, 0, HALVES * sizeof *sum);
    for (; left >= WIDEN; left -= WIDEN, w += WIDEN * PANEL_BLOCK, x += WIDEN * PANEL_COLUMNS)
        some_blocks(WIDEN, sum, w, x);
    for (; left; left--, w += PANEL_BLOCK, x += PANEL_COLUMNS)
        some_blocks(1, sum, w, x);
    if (k % PANEL_COLUMNS) {
        int8_t four[PANEL_COLUMNS] = {0};
        memcpy(four, x, k % PANEL_COLUMNS);
        some_blocks(1, sum, w, four);
    }
}

static void run(const tk_args *a) {
    size_t k = a->shape.k, bytes = panel_groups(k) * PANEL_BLOCK;
    for (size_t p = a->begin / B2X_ROWS; p * B2X_ROWS < a->end; p++)
        for (size_t n = 0; n < a->shape.n; n++) {
            __m256i sum[HALVES][FIELDS];
            panel(sum, (const uint8_t *)a->w + p * bytes, (const int8_t *)a->x + n * k, k);
            for (size_t i = 0; i < HALVES * FIELDS; i++) {
                __m256i v = _mm256_srai_epi32(sum[i % 2][i / 2], i / 2 % 2 ? 2 : 0);
                panel_store8((int32_t *)a->y + n * a->shape.m, p * B2X_ROWS + 8 * i, a->begin, a->end,
                             _mm256_sub_epi32(v, _mm256_set1_epi32(a->sum[n])));
            }
        }
}

#define B2X_AVX2                                                                                               \
    .layout = &tk_layout_b2x, .step = B2X_ROWS, .step_k = PANEL_COLUMNS, .reject = panel_reject, .run = run,   \
    .note = "VPMADDUBSW, widened to int32 every 10 blocks"

#endif
