/* trits_avx512.h: trits.h with 512-bit VPDPBUSD: the digits need not be taken out of the bytes.
 *
 * With v[0] the byte and v[n+1] = 3 v[n] mod 256 digit n is t = (3 v[n] - v[n+1]) / 256: linear. So what is
 * multiplied by the activations of digit n is v[n] and v[n+1], unsigned bytes, and
 *
 *   sum of t * q = (3 * sum of v[n] * q[n] - sum of v[n+1] * q[n]) / 256, exactly, all digits in two sums.
 *
 * v[n+1] takes two byte additions. Bound: 10 additions + 10 VPDPBUSD for 256 weights, on two 512-bit ports 20 %
 * of the VPDPBUSD roof: 26 weights a cycle, where DRAM gives 22 on one thread. Taking the digits out takes 4
 * operations each. A lane's difference is 256 times the sum of t * q of 20 columns a unit: below 2^31 up to
 * K = 419,328; more is refused. */
#ifndef TK_TRITS_AVX512_H
#define TK_TRITS_AVX512_H

#include "gemv/panel_avx512.h"
#include "gemv/trits.h"

enum { ROWS = 2 };

typedef struct sums {
    __m512i now, next; /* of v[n] * q[n] and v[n+1] * q[n] */
} sums;

static inline __m512i codes(const uint8_t *unit, size_t count) {
    gemv_ahead(unit);
    return _mm512_maskz_loadu_epi8((1ull << count) - 1, unit);
}

static inline void step(sums *s, __m512i v, const int8_t *q) {
    for (size_t n = 0; n < DIGITS; n++) {
        const __m512i x = _mm512_load_si512(q + n * UNIT_LANES);
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

static const char *trits_reject(tk_shape s) {
    return s.k > 419328 ? "K is above 419328: int32 sums could overflow" : NULL;
}

/* Two rows share the loads of activations; the last row stands in for a missing one. Tokens are inside rows. */
static void run(const tk_args *a) {
    const size_t k = a->shape.k, whole = k / UNIT_COLUMNS, bytes = row_bytes_of(k);
    for (size_t m = a->begin; m < a->end; m += ROWS) {
        const bool two = m + 1 < a->end;
        const size_t far = two ? bytes : 0;
        for (size_t n = 0; n < a->shape.n; n++) {
            const uint8_t *w = unit_at(a, m, 0);
            const int8_t *q = (const int8_t *)a->scratch + n * token_bytes(k);
            const __m512i zero = _mm512_setzero_si512();
            sums first = {zero, zero}, second = first;
            for (size_t u = 0; u < whole; u++, w += UNIT_BYTES, q += UNIT) {
                step(&first, codes(w, UNIT_CODES), q);
                step(&second, codes(w + far, UNIT_CODES), q);
            }
            if (whole < units_of(k)) {
                step(&first, codes(w, unit_codes(k, whole)), q);
                step(&second, codes(w + far, unit_codes(k, whole)), q);
            }
            int32_t *y = (int32_t *)a->y + n * a->shape.m + m;
            y[0] = total(first) - a->sum[n];
            if (two)
                y[1] = total(second) - a->sum[n];
        }
    }
}

#define TRITS_AVX512                                                                                           \
    .layout = &LAYOUT, .step = ROWS, .step_k = BLOCK_COLUMNS, .reject = trits_reject,                          \
    .scratch = trits_scratch, .prepare = trits_prepare, .run = run,                                            \
    .note = "digits from two sums of remainders, never taken out"

#endif
