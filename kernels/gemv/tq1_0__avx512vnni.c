/* TQ1_0 x int8 with 512-bit VPDPBUSD: the digits need not be taken out of the bytes.
 *
 * With v[0] the byte and v[n+1] = 3 v[n] mod 256 digit n is t = (3 v[n] - v[n+1]) / 256: linear. So what is
 * multiplied by the activations of digit n is v[n] and v[n+1], unsigned bytes, and
 *
 *   sum of t * q = (3 * sum of v[n] * q[n] - sum of v[n+1] * q[n]) / 256, exactly, all digits in two sums.
 *
 * v[n+1] takes two byte additions. Bound: 10 additions + 10 VPDPBUSD for 256 weights, on two 512-bit ports 20 %
 * of the VPDPBUSD roof: 26 weights a cycle, where DRAM gives 22 on one thread. Taking the digits out takes 4
 * operations each. A lane's difference is 256 * t * q of a sixteenth of the columns: below 2^31 up to K =
 * 524,288. */
#include "gemv/panel_avx512.h"
#include "layouts/tq1_0.h"

enum { ROWS = 2 };

typedef struct sums {
    __m512i now, next; /* of v[n] * q[n] and v[n+1] * q[n] */
} sums;

static inline __m512i codes(const uint8_t *block) {
    gemv_ahead(block);
    return _mm512_maskz_loadu_epi8((1ull << TQ1_CODES) - 1, block);
}

static inline void step(sums *s, __m512i v, const int8_t *q) {
    for (size_t n = 0; n < TQ1_DIGITS; n++) {
        const __m512i x = _mm512_load_si512(q + n * TQ1_LANES);
        s->now = panel_dot(s->now, v, x);
        v = _mm512_add_epi8(v, _mm512_add_epi8(v, v));
        s->next = panel_dot(s->next, v, x);
    }
}

/* Shifted lane by lane: 256 times the whole sum does not fit at K = 45,568. */
static inline int32_t total(sums s) {
    __m512i three = _mm512_add_epi32(s.now, _mm512_add_epi32(s.now, s.now));
    return _mm512_reduce_add_epi32(_mm512_srai_epi32(_mm512_sub_epi32(three, s.next), 8));
}

/* Two rows share the loads of activations; the last row stands in for a missing one. Tokens are inside rows. */
static void run(const tk_args *a) {
    const size_t k = a->shape.k, blocks = tq1_blocks(k), bytes = blocks * TQ1_BYTES;
    for (size_t m = a->begin; m < a->end; m += ROWS) {
        const uint8_t *w = (const uint8_t *)a->w + m * bytes;
        const bool two = m + 1 < a->end;
        const size_t far = two ? bytes : 0;
        for (size_t n = 0; n < a->shape.n; n++) {
            const int8_t *q = (const int8_t *)a->scratch + n * tq1_token(k);
            const __m512i zero = _mm512_setzero_si512();
            sums first = {zero, zero}, second = first;
            for (size_t b = 0; b < blocks; b++, q += TQ1_DIGITS * TQ1_LANES) {
                step(&first, codes(w + b * TQ1_BYTES), q);
                step(&second, codes(w + far + b * TQ1_BYTES), q);
            }
            int32_t *y = (int32_t *)a->y + n * a->shape.m + m;
            y[0] = total(first) - a->sum[n];
            if (two)
                y[1] = total(second) - a->sum[n];
        }
    }
}

TK_KERNEL(gemv_tq1_0__avx512vnni, .layout = &tk_layout_tq1_0, .step = ROWS, .step_k = TQ1_COLUMNS,
          .reject = gemv_reject, .scratch = tq1_scratch, .prepare = tq1_prepare, .run = run,
          .note = "digits from two sums of remainders, never taken out");
