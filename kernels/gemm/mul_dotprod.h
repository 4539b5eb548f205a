/* mul_dotprod.h: the multiplication of rows_neon.h with SDOT: 4 x 4 products of one row and one token. */
#ifndef TK_MUL_DOTPROD_H
#define TK_MUL_DOTPROD_H

#include "kernel.h"

#include <arm_neon.h>

enum { PAIR = 1 };

static inline int32x4_t multiply_add(int32x4_t sum, int8x16_t w, int8x16_t q) {
    return vdotq_s32(sum, w, q);
}

/* Rows 4 * `group` and on of a tile for its only token: sums across lanes. */
static inline int32x4_t four_rows(const int32x4_t sum[4], size_t group, size_t token) {
    (void)group;
    (void)token;
    return vpaddq_s32(vpaddq_s32(sum[0], sum[1]), vpaddq_s32(sum[2], sum[3]));
}

#endif
