/* b2x x int8 without SDOT: the loop is in gemv/panel_smlal.h.
 *
 *   16 bytes = 4 rows x 4 columns:  & 0x03 (A), & 0x0c (4B), >> 4 & 0x03 (C), >> 6 (D)
 *
 * Bound: 5 operations to take out the codes + 8 SMLAL per 64 weights on two pipes: 10 weights a cycle. */
#include "gemv/panel_neon.h"

enum { FIELDS = 4 };
typedef struct decoder {
    uint8x16_t low, high; /* masks */
} decoder;

static inline decoder make_decoder(void) {
    return (decoder){vdupq_n_u8(0x03), vdupq_n_u8(0x0c)};
}

static inline void decode(uint8x16_t out[FIELDS], const decoder *d, uint8x16_t c) {
    out[0] = vandq_u8(c, d->low);
    out[1] = vandq_u8(c, d->high);
    out[2] = vandq_u8(vshrq_n_u8(c, 4), d->low);
    out[3] = vshrq_n_u8(c, 6);
}

#include "gemv/panel_smlal.h"

TK_KERNEL(gemv_b2x__neon, .layout = &tk_layout_b2x, .step = B2X_ROWS, .step_k = PANEL_COLUMNS,
          .reject = panel_reject, .run = run, .note = "SMLAL into int16, widened every 20 blocks");
