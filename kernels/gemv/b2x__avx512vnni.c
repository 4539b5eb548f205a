/* b2x x int8 with 512-bit VPDPBUSD: one load of codes, one broadcast of four activations, 256 products.
 *
 * A block is 64 bytes = 64 rows x 4 columns; the byte's four rows meet the same activation, so rows are taken
 * apart in the sums, not in the bytes (panel.h): the whole byte, & 0x3f, & 0x0f and & 0x03 are multiplied.
 *
 * Bound: 3 ANDs + 4 VPDPBUSD per 256 weights; on two 512-bit ports that is 57 % of the VPDPBUSD roof, on four
 * up to all of it. Two sets of sums, for even and odd blocks, hide the latency of 5. A panel needs no sum
 * across lanes. Codes come in one stream; the prefetch runs a page ahead: less was slower from DRAM, more was
 * slower when the weights are in L2, and a prefetch into L2 alone costs 10 % there.
 * Tried and lost: the unmasked products by the AMX tile unit beside the vectors, which would leave 6 operations
 * for 256 weights: 24 % slower, tile products do not run beside VPDPBUSD. */
#include "gemv/panel_avx512.h"

static inline void step(__m512i sum[4], const uint8_t *w, int32_t four) {
    _mm_prefetch((const char *)w + 4096, _MM_HINT_T0);
    const __m512i q = _mm512_set1_epi32(four);
    __m512i c[4];
    b2x_decode(c, _mm512_load_si512(w));
    for (size_t i = 0; i < 4; i++)
        sum[i] = panel_dot(sum[i], c[i], q);
}

static inline void panel(__m512i row[4], const uint8_t *w, const int8_t *q, size_t k) {
    const __m512i zero = _mm512_setzero_si512();
    __m512i even[4] = {zero, zero, zero, zero}, odd[4] = {zero, zero, zero, zero};
    size_t i = 0;
    for (; i + 8 <= k; i += 8, w += 2 * PANEL_BLOCK) {
        step(even, w, panel_quad(q + i));
        step(odd, w + PANEL_BLOCK, panel_quad(q + i + 4));
    }
    if (i + 4 <= k) {
        step(even, w, panel_quad(q + i));
        w += PANEL_BLOCK;
    }
    if (k % PANEL_COLUMNS)
        step(odd, w, panel_tail(q, k));
    for (size_t f = 0; f < 4; f++)
        even[f] = _mm512_add_epi32(even[f], odd[f]);
    b2x_apart(row, even);
}

/* Tokens are the inner loop: a panel comes from memory once for all of them. */
static void run(const tk_args *a) {
    size_t k = a->shape.k, bytes = panel_groups(k) * PANEL_BLOCK;
    for (size_t p = a->begin / B2X_ROWS; p * B2X_ROWS < a->end; p++)
        for (size_t n = 0; n < a->shape.n; n++) {
            __m512i row[4];
            panel(row, (const uint8_t *)a->w + p * bytes, (const int8_t *)a->x + n * k, k);
            for (size_t f = 0; f < 4; f++)
                panel_store((int32_t *)a->y + n * a->shape.m, p * B2X_ROWS + f * PANEL_LANES, a->begin, a->end,
                            _mm512_sub_epi32(row[f], _mm512_set1_epi32(a->sum[n])));
        }
}

TK_KERNEL(gemv_b2x__avx512vnni, .layout = &tk_layout_b2x, .step = B2X_ROWS, .step_k = 2 * PANEL_COLUMNS,
          .reject = panel_reject, .run = run, .note = "rows taken apart in the sums: 3 ANDs for 256 products");
