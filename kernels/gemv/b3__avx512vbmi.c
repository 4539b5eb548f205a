/* b3 x int8 with VPERMB and VPDPBUSD: five weights a byte, decoded in registers by two byte permutes.
 *
 * A byte x = A + 3B + 9C + 28D + 84E holds five rows that meet the same activation, so what is multiplied need
 * not be single codes: five independent combinations do, and the sums are taken apart once a panel.
 *
 *   x                                       A + 3B + 9C + 28D + 84E     no work
 *   h = HIGH[x >> 2]                        36D + 12E                   shift, VPERMB
 *   z = LOW[x + h]                          A + 4B + 16C                add, VPERMB
 *   z & 0x0f, z & 0x03                      A + 4B, A                   AND, AND
 *
 * VPERMB looks at six bits of an index, so neither the bits that the 16-bit shift brings from the neighbour nor
 * the carries matter. x + h = A + 3B + 9C + 64D + 96E, whose low six bits are A + 3B + 9C, + 32 if E is odd:
 * that is why h is 36D + 12E, and why LOW holds its 27 entries twice.
 *
 * Taken apart: R = x - (A + 3B + 9C) = 28D + 84E, h = 36D + 12E; 7h - R = 224D; h/4 - 9D = 3E. Divisions by 7
 * and 3 are exact, so they are multiplications modulo 2^32. Sums may wrap on the way, as long as 224 * |dot of
 * row D| is below 2^31: the sum of the activations is taken off first, |dot| <= 2 * 128 * K, so K < 37,449 for
 * any byte and K < 74,898 for the bytes that pack writes.
 *
 * Bound: 6 operations + 5 VPDPBUSD per 320 weights, on two 512-bit ports 45 % of the VPDPBUSD roof; from DRAM
 * the bytes bind long before. The prefetch runs three pages ahead: two pages was 20 % slower, one page 5 %.
 * Tried and lost: natural base 3 with two VPERMI2B and a blend (15 operations, three of them 3 micro-operations
 * on Intel). */
#include "gemv/panel_avx512.h"

typedef struct sums {
    __m512i x, h, abc, ab, a;
} sums;

typedef struct tables {
    __m512i high, low;
} tables;

static inline void step(sums *s, const tables *t, const uint8_t *w, int32_t four) {
    _mm_prefetch((const char *)w + 8192, _MM_HINT_T0);
    __m512i x = _mm512_load_si512(w), q = _mm512_set1_epi32(four);
    __m512i h = _mm512_permutexvar_epi8(_mm512_srli_epi16(x, 2), t->high);
    __m512i z = _mm512_permutexvar_epi8(_mm512_add_epi8(x, h), t->low);
    s->x = panel_dot(s->x, x, q);
    s->h = panel_dot(s->h, h, q);
    s->abc = panel_dot(s->abc, z, q);
    s->ab = panel_dot(s->ab, _mm512_and_si512(z, _mm512_set1_epi8(0x0f)), q);
    s->a = panel_dot(s->a, _mm512_and_si512(z, _mm512_set1_epi8(0x03)), q);
}

static inline sums panel(const tables *t, const uint8_t *w, const int8_t *q, size_t k) {
    const __m512i zero = _mm512_setzero_si512();
    sums even = {zero, zero, zero, zero, zero}, odd = even;
    size_t i = 0;
    for (; i + 8 <= k; i += 8, w += 2 * PANEL_BLOCK) {
        step(&even, t, w, panel_quad(q + i));
        step(&odd, t, w + PANEL_BLOCK, panel_quad(q + i + 4));
    }
    if (i + 4 <= k) {
        step(&even, t, w, panel_quad(q + i));
        w += PANEL_BLOCK;
    }
    if (k % PANEL_COLUMNS)
        step(&odd, t, w, panel_tail(q, k));
    return (sums){_mm512_add_epi32(even.x, odd.x), _mm512_add_epi32(even.h, odd.h),
                  _mm512_add_epi32(even.abc, odd.abc), _mm512_add_epi32(even.ab, odd.ab),
                  _mm512_add_epi32(even.a, odd.a)};
}

/* The five rows' dot products of weights with q, from sums over codes and the sum of q. */
static inline void apart(__m512i out[5], sums s, int32_t sum) {
    const __m512i one = _mm512_set1_epi32(sum), seventh = _mm512_set1_epi32((int32_t)0xb6db6db7u),
                  third = _mm512_set1_epi32((int32_t)0xaaaaaaabu);
    __m512i a = s.a, b = _mm512_srai_epi32(_mm512_sub_epi32(s.ab, s.a), 2);
    __m512i c = _mm512_srai_epi32(_mm512_sub_epi32(s.abc, s.ab), 4);
    __m512i low = _mm512_add_epi32(a, _mm512_add_epi32(_mm512_mullo_epi32(b, _mm512_set1_epi32(3)),
                                                       _mm512_mullo_epi32(c, _mm512_set1_epi32(9))));
    __m512i high = _mm512_sub_epi32(s.x, low);
    __m512i d224 = _mm512_sub_epi32(_mm512_mullo_epi32(s.h, _mm512_set1_epi32(7)), high);
    d224 = _mm512_sub_epi32(d224, _mm512_set1_epi32((int32_t)(224u * (uint32_t)sum)));
    __m512i d = _mm512_mullo_epi32(_mm512_srai_epi32(d224, 5), seventh);
    __m512i e3 = _mm512_srai_epi32(_mm512_sub_epi32(s.h, _mm512_set1_epi32((int32_t)(48u * (uint32_t)sum))), 2);
    e3 = _mm512_sub_epi32(e3, _mm512_mullo_epi32(d, _mm512_set1_epi32(9)));
    out[0] = _mm512_sub_epi32(a, one);
    out[1] = _mm512_sub_epi32(b, one);
    out[2] = _mm512_sub_epi32(c, one);
    out[3] = d;
    out[4] = _mm512_mullo_epi32(e3, third);
}

static tables make_tables(void) {
    uint8_t high[64], low[64] = {0};
    for (unsigned i = 0; i < 64; i++) {
        high[i] = (uint8_t)(36 * (i / 7 % 3) + 12 * (i / 7 / 3));
        low[i] = (uint8_t)(i % 32 % 9 % 3 + 4 * (i % 32 % 9 / 3) + 16 * (i % 32 / 9));
    }
    return (tables){_mm512_loadu_si512(high), _mm512_loadu_si512(low)};
}

/* Tokens are the inner loop: a panel comes from memory once for all of them. */
static void run(const tk_args *a) {
    size_t k = a->shape.k, bytes = panel_groups(k) * PANEL_BLOCK;
    const tables t = make_tables();
    for (size_t p = a->begin / B3_ROWS; p * B3_ROWS < a->end; p++)
        for (size_t n = 0; n < a->shape.n; n++) {
            sums s = panel(&t, (const uint8_t *)a->w + p * bytes, (const int8_t *)a->x + n * k, k);
            __m512i out[5];
            apart(out, s, a->sum[n]);
            for (size_t f = 0; f < 5; f++)
                panel_store((int32_t *)a->y + n * a->shape.m, p * B3_ROWS + f * PANEL_LANES, a->begin, a->end,
                            out[f]);
        }
}

TK_KERNEL(gemv_b3__avx512vbmi, .layout = &tk_layout_b3, .step = B3_ROWS, .step_k = 2 * PANEL_COLUMNS,
          .reject = panel_reject, .run = run,
          .note = "two byte permutes decode five weights; rows taken apart in the sums");
