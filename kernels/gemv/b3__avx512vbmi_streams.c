/* b3 x int8 with VPERMB and VPDPBUSD, four panels at once: decoded as b3_avx512.h says.
 *
 *   rows of this call   | panels 0 .. c-1 | c .. 2c-1 | 2c .. 3c-1 | 3c .. 4c-1 | up to 3 more, one by one
 *                         stream 0          stream 1    stream 2     stream 3
 *
 * Bound: from DRAM the bytes. One stream is all that a core's prefetchers see of b3__avx512vbmi.c; Intel's
 * follow several at a time, each in a page of its own. Emerald Rapids class, 2560x2560, cold, medians of one
 * interleaved run, GB/s on one and two threads: one stream 9.9 / 19.3, two 10.5 / 20.9, four 10.9 / 21.6, eight
 * streams that are only read 12.3 / 23.4. The prefetch into L1 half a page ahead is better than 1 KiB or a
 * page, or into L2 (10.3 / 20.3); NTA 7.4 / 14.7, none 9.5 / 18.4. A broadcast of activations serves four
 * panels: 3 % more from L2. Not for Zen 4, where a prefetch into L1 reads half as fast at any distance. */
#include "gemv/b3_avx512.h"

enum { STREAMS = 4 };

__attribute__((always_inline)) static inline void step(__m512i sum[][5], const b3_tables *t, const uint8_t *w,
                                                       size_t apart, size_t streams, int32_t four) {
    const __m512i q = _mm512_set1_epi32(four);
    PANEL_UNROLL
    for (size_t s = 0; s < streams; s++, w += apart) {
        __m512i c[5];
        _mm_prefetch((const char *)w + 2048, _MM_HINT_T0);
        b3_decode(c, t, _mm512_load_si512(w));
        PANEL_UNROLL
        for (size_t i = 0; i < 5; i++)
            sum[s][i] = panel_dot(sum[s][i], c[i], q);
    }
}

/* Panels p, p + c, .. */
__attribute__((always_inline)) static inline void panels(const tk_args *a, const b3_tables *t, size_t p,
                                                         size_t c, size_t streams) {
    const size_t k = a->shape.k, bytes = panel_groups(k) * PANEL_BLOCK;
    for (size_t n = 0; n < a->shape.n; n++) {
        const uint8_t *w = (const uint8_t *)a->w + p * bytes;
        const int8_t *q = (const int8_t *)a->x + n * k;
        __m512i sum[STREAMS][5], row[5];
        for (size_t s = 0; s < streams; s++)
            for (size_t i = 0; i < 5; i++)
                sum[s][i] = _mm512_setzero_si512();
        size_t i = 0;
        for (; i + PANEL_COLUMNS <= k; i += PANEL_COLUMNS, w += PANEL_BLOCK)
            step(sum, t, w, c * bytes, streams, panel_quad(q + i));
        if (i < k)
            step(sum, t, w, c * bytes, streams, panel_tail(q, k));
        for (size_t s = 0; s < streams; s++) {
            b3_apart(row, sum[s], a->sum[n]);
            for (size_t f = 0; f < 5; f++)
                panel_store((int32_t *)a->y + n * a->shape.m, (p + s * c) * B3_ROWS + f * PANEL_LANES, a->begin,
                            a->end, row[f]);
        }
    }
}

static void run(const tk_args *a) {
    const size_t first = a->begin / B3_ROWS, last = (a->end + B3_ROWS - 1) / B3_ROWS;
    const size_t c = a->begin < a->end ? (last - first) / STREAMS : 0;
    const b3_tables t = b3_make_tables();
    for (size_t p = first; p < first + c; p++)
        panels(a, &t, p, c, STREAMS);
    for (size_t p = first + STREAMS * c; p * B3_ROWS < a->end; p++)
        panels(a, &t, p, 0, 1);
}

TK_KERNEL(gemv_b3__avx512vbmi_streams, .layout = &tk_layout_b3, .step = B3_ROWS, .step_k = PANEL_COLUMNS,
          .reject = panel_reject, .run = run, .note = "four panels at once: four streams from memory");
