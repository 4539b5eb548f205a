/* b3 x int8 for several tokens: see gemm_avx512.h. Decoding is six operations for 320 weights; sums of at most
 * 512 columns are taken apart, so they are far from wrapping. */
#include "gemv/b3_avx512.h"

enum { FIELDS = 5, WIDEST = 5 };
typedef b3_tables decoder;

static inline decoder make_decoder(void) {
    return b3_make_tables();
}

static inline void decode(__m512i out[FIELDS], const decoder *d, __m512i packed) {
    b3_decode(out, d, packed);
}

static inline void apart(__m512i row[FIELDS], const __m512i sum[FIELDS]) {
    b3_apart(row, sum, 0);
}

#include "gemm/gemm_avx512.h"

TK_KERNEL(gemm_b3__avx512vbmi, .layout = &tk_layout_b3, .step = ROWS, .step_k = PANEL_COLUMNS,
          .reject = panel_reject, .run = gemm_run, .note = "80 rows x 5 tokens in registers");
