/* b2x x int8 for several tokens by look-up: see lookup_avx512.h; decoding is an AND and a shift for 64 codes.
 */
#define TK_KERNEL_FLAGS TK_LOOKUP
#include "gemv/panel_avx512.h"

enum { FIELDS = 4, TILE = 5 };
typedef struct decoder {
    __m512i three;
} decoder;

static inline decoder make_decoder(void) {
    return (decoder){_mm512_set1_epi8(3)};
}

static inline void codes_of(__m512i out[FIELDS], const decoder *d, __m512i x) {
    out[0] = _mm512_and_si512(x, d->three);
    out[1] = _mm512_and_si512(_mm512_srli_epi16(x, 2), d->three);
    out[2] = _mm512_and_si512(_mm512_srli_epi16(x, 4), d->three);
    out[3] = _mm512_and_si512(_mm512_srli_epi16(x, 6), d->three);
}

#include "gemm/lookup_avx512.h"

TK_KERNEL(gemm_b2x__avx512vnni_lookup, .layout = &tk_layout_b2x, .step = PAIR, .step_k = STEP_COLUMNS,
          .reject = panel_reject, .scratch = scratch, .run = run,
          .note = "three weights an index into a register of 27 sums: no multiplication");
