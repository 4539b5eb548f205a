/* b2x_neon.h: b2x for panels_neon.h: four codes of two bits. */
#ifndef TK_GEMM_B2X_NEON_H
#define TK_GEMM_B2X_NEON_H

#include <arm_neon.h>

enum { TILES = 4 };
typedef uint8x16_t decoder; /* a mask */

static inline decoder make_decoder(void) {
    return vdupq_n_u8(3);
}

static inline void fields(uint8x16_t out[TILES], const decoder *three, uint8x16_t c) {
    out[0] = vandq_u8(c, *three);
    out[1] = vandq_u8(vshrq_n_u8(c, 2), *three);
    out[2] = vandq_u8(vshrq_n_u8(c, 4), *three);
    out[3] = vshrq_n_u8(c, 6);
}

#include "gemm/panels_neon.h"

#define B2X_NEON .layout = &tk_layout_b2x, PANELS_NEON

#endif
