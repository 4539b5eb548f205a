/* b3_neon.h: b3 for panels_neon.h: five codes by table look-ups (gemv/b3_neon.h). */
#ifndef TK_GEMM_B3_NEON_H
#define TK_GEMM_B3_NEON_H

#include "gemv/b3_neon.h"

enum { TILES = 5 };
typedef b3_tables decoder;

static inline decoder make_decoder(void) {
    return b3_make_tables();
}

static inline void fields(uint8x16_t out[TILES], const decoder *t, uint8x16_t c) {
    b3_decode(out, t, c);
    out[1] = vshrq_n_u8(out[1], 2);
}

#include "gemm/panels_neon.h"

#define B3_NEON .layout = &tk_layout_b3, PANELS_NEON

#endif
