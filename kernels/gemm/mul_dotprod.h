/* mul_dotprod.h: the multiplication of rows_neon.h with SDOT: 4 x 4 products of one row and one token. */
#ifndef TK_MUL_DOTPROD_H
#define TK_MUL_DOTPROD_H

#include "kernel.h"

#include <arm_neon.h>

enum { PAIR = 1 };

static inline int32x4_t multiply_add(int32x4_t sum, int8x16_t w, int8x16_t q) {
    return vdotq_s32(sum, w, q);
}

#include "gemm/four_rows_neon.h"

#endif
