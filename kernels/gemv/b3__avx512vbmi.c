/* b3 x int8 with VPERMB and VPDPBUSD: five weights a byte, decoded as b3_avx512.h says.
 *
 * Bound: 6 operations + 5 VPDPBUSD per 320 weights, on two 512-bit ports 45 % of the VPDPBUSD roof; from DRAM
 * the bytes bind long before. Codes come in one stream, five KiB ahead of which a prefetch into L1 runs. Zen 4,
 * medians of 31 interleaved rounds, GMAC/s from memory on one and two threads: into L1 4 KiB ahead 140 / 160,
 * 5 KiB 147 / 161, 8 KiB 141 / 163; into L2 alone 4 KiB ahead 112 / 153, 8 KiB 145 / 151 and 130 where the
 * machine is busier. From L2 no difference. Intel reads faster in four streams (_streams, _staged); one stream
 * there gains 5 to 12 % from a prefetch into L2 alone. Where the weights stay in L2 b2x is the one. Tried and
 * lost, by count: natural base 3 with two VPERMI2B and a blend: 15 operations, three of them 3 micro-operations
 * on Intel. */
#include "gemv/b3_avx512.h"

static inline void step(__m512i sum[5], const b3_tables *t, const uint8_t *w, int32_t four) {
    _mm_prefetch((const char *)w + 5120, _MM_HINT_T0);
    const __m512i q = _mm512_set1_epi32(four);
    __m512i c[5];
    b3_decode(c, t, _mm512_load_si512(w));
    for (size_t i = 0; i < 5; i++)
        sum[i] = panel_dot(sum[i], c[i], q);
}

/* Two sets of sums, for even and odd blocks, hide the latency of VPDPBUSD. */
static inline void panel(__m512i sum[5], const b3_tables *t, const uint8_t *w, const int8_t *q, size_t k) {
    __m512i odd[5];
    for (size_t i = 0; i < 5; i++)
        sum[i] = odd[i] = _mm512_setzero_si512();
    size_t i = 0;
    for (; i + 8 <= k; i += 8, w += 2 * PANEL_BLOCK) {
        step(sum, t, w, panel_quad(q + i));
        step(odd, t, w + PANEL_BLOCK, panel_quad(q + i + 4));
    }
    if (i + 4 <= k) {
        step(sum, t, w, panel_quad(q + i));
        w += PANEL_BLOCK;
    }
    if (k % PANEL_COLUMNS)
        step(odd, t, w, panel_tail(q, k));
    for (i = 0; i < 5; i++)
        sum[i] = _mm512_add_epi32(sum[i], odd[i]);
}

/* Tokens are the inner loop: a panel comes from memory once for all of them. */
static void run(const tk_args *a) {
    size_t k = a->shape.k, bytes = panel_groups(k) * PANEL_BLOCK;
    const b3_tables t = b3_make_tables();
    for (size_t p = a->begin / B3_ROWS; p * B3_ROWS < a->end; p++)
        for (size_t n = 0; n < a->shape.n; n++) {
            __m512i sum[5], row[5];
            panel(sum, &t, (const uint8_t *)a->w + p * bytes, (const int8_t *)a->x + n * k, k);
            b3_apart(row, sum, a->sum[n]);
            for (size_t f = 0; f < 5; f++)
                panel_store((int32_t *)a->y + n * a->shape.m, p * B3_ROWS + f * PANEL_LANES, a->begin, a->end,
                            row[f]);
        }
}

TK_KERNEL(gemv_b3__avx512vbmi, .layout = &tk_layout_b3, .step = B3_ROWS, .step_k = 2 * PANEL_COLUMNS,
          .reject = panel_reject, .run = run,
          .note = "two byte permutes decode five weights; rows taken apart in the sums");
