/* b3 x int8 without SDOT: the decoding is in gemv/b3_neon.h, the loop in gemv/panel_smlal.h.
 *
 * Bound: 12 operations to take out the codes, one of them a TBL of 4 registers, + 10 SMLAL per 80 weights on
 * two pipes: 7 weights a cycle. */
#include "gemv/b3_neon.h"

enum { FIELDS = 5 };
typedef b3_tables decoder;

static inline decoder make_decoder(void) {
    return b3_make_tables();
}

static inline void decode(uint8x16_t out[FIELDS], const decoder *d, uint8x16_t c) {
    b3_decode(out, d, c);
}

#include "gemv/panel_smlal.h"

TK_KERNEL(gemv_b3__neon, .layout = &tk_layout_b3, .step = B3_ROWS, .step_k = PANEL_COLUMNS,
          .reject = panel_reject, .run = run, .note = "five codes by table look-ups, SMLAL into int16");
