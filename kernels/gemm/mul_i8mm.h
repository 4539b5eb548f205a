/* mul_i8mm.h: the multiplication of rows_neon.h with SMMLA: 8 products each of two rows and two tokens.
 *
 *   lanes of a sum:   row 0 token 0 | row 0 token 1 | row 1 token 0 | row 1 token 1 */
#ifndef TK_MUL_I8MM_H
#define TK_MUL_I8MM_H

#include "kernel.h"

#include <arm_neon.h>

enum { PAIR = 2 };

static inline int32x4_t multiply_add(int32x4_t sum, int8x16_t w, int8x16_t q) {
    return vmmlaq_s32(sum, w, q);
}

/* Rows 4 * `group` and on of a tile for one token of a pair. */
static inline int32x4_t four_rows(const int32x4_t sum[4], size_t group, size_t token) {
    const int32x4_t a = sum[2 * group], b = sum[2 * group + 1];
    return token ? vuzp2q_s32(a, b) : vuzp1q_s32(a, b);
}

#endif
