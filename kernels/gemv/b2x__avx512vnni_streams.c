/* b2x x int8 with 512-bit VPDPBUSD, four panels at once, each a stream of its own: the products are those of
 * b2x__avx512vnni.c, the streams and the bound from DRAM those of b3__avx512vbmi_streams.c.
 *
 * Emerald Rapids class, 2560x2560, cold, two threads, medians of one interleaved run: one stream 24.5 GB/s, two
 * 25.6, four 25.9. From L2 it is as fast as one stream. */
#include "gemv/panel_avx512.h"

enum { STREAMS = 4, FIELDS = 4 };

__attribute__((always_inline)) static inline void step(__m512i sum[][FIELDS], const uint8_t *w, size_t apart,
                                                       size_t streams, int32_t four) {
    const __m512i q = _mm512_set1_epi32(four);
    PANEL_UNROLL
    for (size_t s = 0; s < streams; s++, w += apart) {
        __m512i c[FIELDS];
        _mm_prefetch((const char *)w + 2048, _MM_HINT_T0);
        b2x_decode(c, _mm512_load_si512(w));
        PANEL_UNROLL
        for (size_t i = 0; i < FIELDS; i++)
            sum[s][i] = panel_dot(sum[s][i], c[i], q);
    }
}

/* Panels p, p + c, .. */
__attribute__((always_inline)) static inline void panels(const tk_args *a, size_t p, size_t c, size_t streams) {
    const size_t k = a->shape.k, bytes = panel_groups(k) * PANEL_BLOCK;
    for (size_t n = 0; n < a->shape.n; n++) {
        const uint8_t *w = (const uint8_t *)a->w + p * bytes;
        const int8_t *q = (const int8_t *)a->x + n * k;
        __m512i sum[STREAMS][FIELDS], row[FIELDS];
        for (size_t s = 0; s < streams; s++)
            for (size_t i = 0; i < FIELDS; i++)
                sum[s][i] = _mm512_setzero_si512();
        size_t i = 0;
        for (; i + PANEL_COLUMNS <= k; i += PANEL_COLUMNS, w += PANEL_BLOCK)
            step(sum, w, c * bytes, streams, panel_quad(q + i));
        if (i < k)
            step(sum, w, c * bytes, streams, panel_tail(q, k));
        for (size_t s = 0; s < streams; s++) {
            b2x_apart(row, sum[s]);
            for (size_t f = 0; f < FIELDS; f++)
                panel_store((int32_t *)a->y + n * a->shape.m, (p + s * c) * B2X_ROWS + f * PANEL_LANES,
                            a->begin, a->end, _mm512_sub_epi32(row[f], _mm512_set1_epi32(a->sum[n])));
        }
    }
}

static void run(const tk_args *a) {
    const size_t first = a->begin / B2X_ROWS, last = (a->end + B2X_ROWS - 1) / B2X_ROWS;
    const size_t c = a->begin < a->end ? (last - first) / STREAMS : 0;
    for (size_t p = first; p < first + c; p++)
        panels(a, p, c, STREAMS);
    for (size_t p = first + STREAMS * c; p * B2X_ROWS < a->end; p++)
        panels(a, p, 0, 1);
}

TK_KERNEL(gemv_b2x__avx512vnni_streams, .layout = &tk_layout_b2x, .step = B2X_ROWS, .step_k = PANEL_COLUMNS,
          .reject = panel_reject, .run = run, .note = "four panels at once: four streams from memory");
