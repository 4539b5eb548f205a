/* b3 x int8 for several tokens by look-up: see lookup_avx512.h. Decoding: the two permutes of
 * gemv/b3_avx512.h, then the codes one by one: 13 operations for 320 weights. Bound on a CPU with two vector
 * operations a cycle: 96 products a cycle, 1.5 times its VPDPBUSD roof. */
#define TK_KERNEL_FLAGS TK_LOOKUP
#include "gemv/b3_avx512.h"

enum { FIELDS = 5, TILE = 4 };

typedef struct decoder {
    b3_tables both;
    __m512i high; /* D + 4E */
} decoder;

static inline decoder make_decoder(void) {
    uint8_t high[64];
    for (unsigned i = 0; i < 64; i++)
        high[i] = (uint8_t)(i / 7 % 3 + 4 * (i / 7 / 3));
    return (decoder){b3_make_tables(), _mm512_loadu_si512(high)};
}

static inline void codes_of(__m512i out[FIELDS], const decoder *d, __m512i x) {
    const __m512i three = _mm512_set1_epi8(3), top = _mm512_srli_epi16(x, 2),
                  high = _mm512_permutexvar_epi8(top, d->high),
                  turned = _mm512_add_epi8(x, _mm512_permutexvar_epi8(top, d->both.high)),
                  low = _mm512_permutexvar_epi8(turned, d->both.low);
    out[0] = _mm512_and_si512(low, three);
    out[1] = _mm512_and_si512(_mm512_srli_epi16(low, 2), three);
    out[2] = _mm512_and_si512(_mm512_srli_epi16(low, 4), three);
    out[3] = _mm512_and_si512(high, three);
    out[4] = _mm512_and_si512(_mm512_srli_epi16(high, 2), three);
}

#include "gemm/lookup_avx512.h"

TK_KERNEL(gemm_b3__avx512vbmi_lookup, .layout = &tk_layout_b3, .step = PAIR, .step_k = STEP_COLUMNS,
          .reject = panel_reject, .scratch = scratch, .run = run,
          .note = "three weights an index into a register of 27 sums: no multiplication");
