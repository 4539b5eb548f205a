/* b2x x int8 with 256-bit VPDPBUSD: b2x__avx512vnni.c with half a block at a time, 8 rows x 4 columns.
 *
 * Bound: 3 ANDs + 4 VPDPBUSD per 128 weights on three vector ports, 55 weights a cycle, of the 64 that VPDPBUSD
 * alone would allow. */
#include "gemv/panel_avx2.h"

enum { FIELDS = 4 };

static inline __m256i dot(__m256i acc, __m256i codes,
                          __m256i q) { /* see panel_avx512.h: GCC 12 moves otherwise */
    __asm__("%{vex%} vpdpbusd %2, %1, %0" : "+x"(acc) : "x"(codes), "x"(q));
    return acc;
}

static inline void step(__m256i sum[FIELDS], __m256i c, __m256i q) {
    sum[0] = dot(sum[0], c, q);
    sum[1] = dot(sum[1], _mm256_and_si256(c, _mm256_set1_epi8(0x3f)), q);
    sum[2] = dot(sum[2], _mm256_and_si256(c, _mm256_set1_epi8(0x0f)), q);
    sum[3] = dot(sum[3], _mm256_and_si256(c, _mm256_set1_epi8(0x03)), q);
}

static inline void panel(__m256i first[FIELDS], __m256i second[FIELDS], const uint8_t *w, const int8_t *x,
                         size_t k) {
    for (size_t f = 0; f < FIELDS; f++)
        first[f] = second[f] = _mm256_setzero_si256();
    for (const uint8_t *end = w + k / PANEL_COLUMNS * PANEL_BLOCK; w < end;
         w += PANEL_BLOCK, x += PANEL_COLUMNS) {
        const __m256i q = _mm256_set1_epi32(panel_quad(x));
        _mm_prefetch((const char *)w + 4096, _MM_HINT_T0);
        step(first, panel_half(w, 0), q);
        step(second, panel_half(w, 1), q);
    }
    if (k % PANEL_COLUMNS) {
        const __m256i q = _mm256_set1_epi32(panel_tail(x, k % PANEL_COLUMNS));
        step(first, panel_half(w, 0), q);
        step(second, panel_half(w, 1), q);
    }
}

static inline void store(const tk_args *a, size_t row, size_t n, const __m256i s[FIELDS]) {
    const __m256i out[] = {s[3], _mm256_srai_epi32(_mm256_sub_epi32(s[2], s[3]), 2),
                           _mm256_srai_epi32(_mm256_sub_epi32(s[1], s[2]), 4),
                           _mm256_srai_epi32(_mm256_sub_epi32(s[0], s[1]), 6)};
    for (size_t f = 0; f < FIELDS; f++)
        panel_store8((int32_t *)a->y + n * a->shape.m, row + f * PANEL_LANES, a->begin, a->end,
                     _mm256_sub_epi32(out[f], _mm256_set1_epi32(a->sum[n])));
}

static void run(const tk_args *a) {
    size_t k = a->shape.k, bytes = panel_groups(k) * PANEL_BLOCK;
    for (size_t p = a->begin / B2X_ROWS; p * B2X_ROWS < a->end; p++)
        for (size_t n = 0; n < a->shape.n; n++) {
            __m256i first[FIELDS], second[FIELDS];
            panel(first, second, (const uint8_t *)a->w + p * bytes, (const int8_t *)a->x + n * k, k);
            store(a, p * B2X_ROWS, n, first);
            store(a, p * B2X_ROWS + 8, n, second);
        }
}

TK_KERNEL(gemv_b2x__avxvnni, .layout = &tk_layout_b2x, .step = B2X_ROWS, .step_k = PANEL_COLUMNS,
          .reject = panel_reject, .run = run, .note = "rows taken apart in the sums, 256 bits");
