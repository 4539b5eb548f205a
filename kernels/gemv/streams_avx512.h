/* streams_avx512.h: GEMV over panels with 512-bit VPDPBUSD, four panels at once, each a stream of its own.
 *
 *   rows of this call   | panels 0 .. c-1 | c .. 2c-1 | 2c .. 3c-1 | 3c .. 4c-1 | up to 3 more: two, one
 *                         stream 0          stream 1    stream 2     stream 3
 *
 * Bound: from DRAM the bytes. One stream is all that a core's prefetchers see of the variants without this;
 * Intel's follow several at a time, each in a page of its own. A broadcast of activations serves four panels.
 * The prefetch into L1 half a page ahead is better than 1 KiB or a page, or into L2; NTA and none are worse.
 * Not for Zen 4, where a prefetch into L1 reads half as fast at any distance. Figures are in the variants.
 *
 * With STREAMS_STAGED lines are asked for twice: a page ahead into the L2, half a page ahead into the L1.
 * Emerald Rapids class, 6912x2560 from memory, GB/s on one and two threads of 17.3 and 33.1 that can be read:
 * b3 15.4 / 29.8 -> 16.5 / 31.8, b2x 15.6 / 30.5 -> 16.7 / 32.4. The L2 at 3 to 6 KiB is as good, 8 KiB and
 * eight streams a little worse. One stream, left over at the end, needs 8 KiB: 15.6 / 30.7, at 4 KiB 15.0
 * / 29.5; two read 16.1 / 31.7. From the L3 it loses 5 %: so it is a variant of its own.
 *
 * A variant defines FIELDS (vectors of 16 rows x 4 columns that a block holds), decoder, make_decoder, codes_of
 * and apart (sums to rows, less the sum of the activations) before it includes this. */
#ifndef TK_STREAMS_AVX512_H
#define TK_STREAMS_AVX512_H

#include "gemv/panel_avx512.h"

enum { STREAMS = 4, ROWS = FIELDS * PANEL_LANES, AHEAD = 2048 };

__attribute__((always_inline)) static inline void
step(__m512i sum[][FIELDS], const decoder *d, const uint8_t *w, size_t distance, size_t streams, int32_t four) {
    const __m512i q = _mm512_set1_epi32(four);
    PANEL_UNROLL
    for (size_t s = 0; s < streams; s++, w += distance) {
        __m512i c[FIELDS];
        _mm_prefetch((const char *)w + AHEAD, _MM_HINT_T0);
#ifdef STREAMS_STAGED
        _mm_prefetch((const char *)w + (streams == 1 ? 4 : 2) * AHEAD, _MM_HINT_T1);
#endif
        codes_of(c, d, _mm512_load_si512(w));
        PANEL_UNROLL
        for (size_t i = 0; i < FIELDS; i++)
            sum[s][i] = panel_dot(sum[s][i], c[i], q);
    }
}

/* Panels p, p + c, .. */
__attribute__((always_inline)) static inline void panels(const tk_args *a, const decoder *d, size_t p, size_t c,
                                                         size_t streams) {
    const size_t k = a->shape.k, bytes = panel_groups(k) * PANEL_BLOCK;
    for (size_t n = 0; n < a->shape.n; n++) {
        const uint8_t *w = (const uint8_t *)a->w + p * bytes;
        const int8_t *q = (const int8_t *)a->x + n * k;
        __m512i sum[STREAMS][FIELDS], row[FIELDS];
        PANEL_UNROLL
        for (size_t i = 0; i < streams * FIELDS; i++)
            sum[i / FIELDS][i % FIELDS] = _mm512_setzero_si512();
        size_t i = 0;
        for (; i + PANEL_COLUMNS <= k; i += PANEL_COLUMNS, w += PANEL_BLOCK)
            step(sum, d, w, c * bytes, streams, panel_quad(q + i));
        if (i < k)
            step(sum, d, w, c * bytes, streams, panel_tail(q, k));
        PANEL_UNROLL
        for (size_t s = 0; s < streams; s++) {
            apart(row, sum[s], a->sum[n]);
            for (size_t f = 0; f < FIELDS; f++)
                panel_store((int32_t *)a->y + n * a->shape.m, (p + s * c) * ROWS + f * PANEL_LANES, a->begin,
                            a->end, row[f]);
        }
    }
}

static void run(const tk_args *a) {
    const size_t first = a->begin / ROWS, last = (a->end + ROWS - 1) / ROWS,
                 c = a->begin < a->end ? (last - first) / STREAMS : 0;
    const decoder d = make_decoder();
    for (size_t p = first; p < first + c; p++)
        panels(a, &d, p, c, STREAMS);
    size_t p = first + STREAMS * c;
    for (; p + 2 <= last && p * ROWS < a->end; p += 2)
        panels(a, &d, p, 1, 2);
    for (; p * ROWS < a->end; p++)
        panels(a, &d, p, 0, 1);
}

#ifdef STREAMS_STAGED
#define STREAMS_NOTE "four panels at once: four streams from memory, into the L2, then the L1"
#else
#define STREAMS_NOTE "four panels at once: four streams from memory"
#endif
#define STREAMS_AVX512                                                                                         \
    .step = ROWS, .step_k = PANEL_COLUMNS, .reject = panel_reject, .run = run, .note = STREAMS_NOTE

#endif
