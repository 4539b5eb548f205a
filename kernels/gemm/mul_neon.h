/* mul_neon.h: the multiplication of rows_neon.h for every AArch64: SMULL and SMLAL to int16, then SADALP: three
 * operations for 16 products. The two products of a lane are at most 2 * 3 * 128. */
#ifndef TK_MUL_NEON_H
#define TK_MUL_NEON_H

#include "kernel.h"

#include <arm_neon.h>

enum { PAIR = 1 };

static inline int32x4_t multiply_add(int32x4_t sum, int8x16_t w, int8x16_t q) {
    return vpadalq_s16(sum, vmlal_high_s8(vmull_s8(vget_low_s8(w), vget_low_s8(q)), w, q));
}

#include "gemm/four_rows_neon.h"

#endif
