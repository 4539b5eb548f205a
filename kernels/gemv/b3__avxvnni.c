/* b3 x int8 with 256-bit VPDPBUSD: as b3__avx2.c, but nothing saturates and nothing has to be widened.
 * Bound: 12 operations + 5 VPDPBUSD per 160 weights: 28 weights a cycle on three vector ports. */
#include "gemv/b3_avx2.h"

enum { HALVES = 2 };

static inline __m256i dot(__m256i acc, __m256i codes,
                          __m256i q) { /* see panel_avx512.h: GCC 12 moves otherwise */
    __asm__("%{vex%} vpdpbusd %2, %1, %0" : "+x"(acc) : "x"(codes), "x"(q));
    return acc;
}

static inline void step(__m256i sum[B3_PARTS], const uint8_t *w, int32_t four) {
    const __m256i q = _mm256_set1_epi32(four), bytes = panel_half(w, 0);
    __m256i part[B3_PARTS];
    b3_split(part, bytes, b3_rest(bytes));
    for (size_t i = 0; i < B3_PARTS; i++)
        sum[i] = dot(sum[i], part[i], q);
}

/* The sum of 14(u+1) q becomes that of 2(u+1) q by the inverse of 7 modulo 2^32. */
static inline void half_panel(__m256i sum[B3_PARTS], const uint8_t *w, const int8_t *x, size_t k) {
    for (size_t i = 0; i < B3_PARTS; i++)
        sum[i] = _mm256_setzero_si256();
    for (const uint8_t *end = w + k / PANEL_COLUMNS * PANEL_BLOCK; w < end;
         w += PANEL_BLOCK, x += PANEL_COLUMNS) {
        _mm_prefetch((const char *)w + 4096, _MM_HINT_T0);
        step(sum, w, panel_quad(x));
    }
    if (k % PANEL_COLUMNS)
        step(sum, w, panel_tail(x, k % PANEL_COLUMNS));
    sum[B3_PAIR] = _mm256_mullo_epi32(sum[B3_PAIR], _mm256_set1_epi32((int32_t)0xb6db6db7u));
}

static void run(const tk_args *a) {
    size_t k = a->shape.k, bytes = panel_groups(k) * PANEL_BLOCK;
    for (size_t p = a->begin / B3_ROWS; p * B3_ROWS < a->end; p++)
        for (size_t n = 0; n < a->shape.n; n++)
            for (size_t half = 0; half < HALVES; half++) {
                __m256i part[B3_PARTS];
                half_panel(part, (const uint8_t *)a->w + p * bytes + 32 * half, (const int8_t *)a->x + n * k,
                           k);
                b3_store(a, p * B3_ROWS + 8 * half, n, part);
            }
}

TK_KERNEL(gemv_b3__avxvnni, .layout = &tk_layout_b3, .step = B3_ROWS, .step_k = PANEL_COLUMNS,
          .reject = panel_reject, .run = run, .note = "five combinations by byte tables, VPDPBUSD");
