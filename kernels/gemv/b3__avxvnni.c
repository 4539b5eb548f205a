/* b3 x int8 with 256-bit VPDPBUSD: as b3__avx2.c, but nothing saturates and nothing has to be widened.
 * Bound: 15 operations + 5 VPDPBUSD per 160 weights: 24 weights a cycle on three vector ports. */
#include "gemv/b3_avx2.h"

enum { FIELDS = 5, HALVES = 2 };

static inline __m256i dot(__m256i acc, __m256i codes,
                          __m256i q) { /* see panel_avx512.h: GCC 12 moves otherwise */
    __asm__("%{vex%} vpdpbusd %2, %1, %0" : "+x"(acc) : "x"(codes), "x"(q));
    return acc;
}

static inline void step(__m256i sum[FIELDS], const uint8_t *w, int32_t four) {
    const __m256i q = _mm256_set1_epi32(four);
    const __m256i bytes = panel_half(w, 0);
    const b3_parts p = b3_split(bytes, b3_low(bytes));
    sum[0] = dot(sum[0], p.s, q);
    sum[1] = dot(sum[1], p.m, q);
    sum[2] = dot(sum[2], p.a, q);
    sum[3] = dot(sum[3], p.d, q);
    sum[4] = dot(sum[4], p.e, q);
}

static inline void half_panel(__m256i sum[FIELDS], const uint8_t *w, const int8_t *x, size_t k) {
    for (size_t f = 0; f < FIELDS; f++)
        sum[f] = _mm256_setzero_si256();
    for (const uint8_t *end = w + k / PANEL_COLUMNS * PANEL_BLOCK; w < end;
         w += PANEL_BLOCK, x += PANEL_COLUMNS) {
        _mm_prefetch((const char *)w + 4096, _MM_HINT_T0);
        step(sum, w, panel_quad(x));
    }
    if (k % PANEL_COLUMNS)
        step(sum, w, panel_tail(x, k % PANEL_COLUMNS));
}

/* Divisions by 3 and 9 are exact: multiplications by the inverses modulo 2^32. */
static inline void store(const tk_args *a, size_t row, size_t n, const __m256i s[FIELDS]) {
    const __m256i third = _mm256_set1_epi32((int32_t)0xaaaaaaabu), ninth = _mm256_set1_epi32(0x38e38e39);
    const __m256i out[FIELDS] = {s[2], _mm256_mullo_epi32(_mm256_sub_epi32(s[1], s[2]), third),
                                 _mm256_mullo_epi32(_mm256_sub_epi32(s[0], s[1]), ninth), s[3], s[4]};
    for (size_t f = 0; f < FIELDS; f++)
        panel_store8((int32_t *)a->y + n * a->shape.m, row + f * PANEL_LANES, a->begin, a->end,
                     _mm256_sub_epi32(out[f], _mm256_set1_epi32(a->sum[n])));
}

static void run(const tk_args *a) {
    size_t k = a->shape.k, bytes = panel_groups(k) * PANEL_BLOCK;
    for (size_t p = a->begin / B3_ROWS; p * B3_ROWS < a->end; p++)
        for (size_t n = 0; n < a->shape.n; n++)
            for (size_t half = 0; half < HALVES; half++) {
                __m256i sum[FIELDS];
                half_panel(sum, (const uint8_t *)a->w + p * bytes + 32 * half, (const int8_t *)a->x + n * k, k);
                store(a, p * B3_ROWS + 8 * half, n, sum);
            }
}

TK_KERNEL(gemv_b3__avxvnni, .layout = &tk_layout_b3, .step = B3_ROWS, .step_k = PANEL_COLUMNS,
          .reject = panel_reject, .run = run, .note = "five combinations by byte tables and minima, VPDPBUSD");
