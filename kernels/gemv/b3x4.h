/* b3x4.h: what the b3x4 variants share: a panel's part of a chunk of columns (layouts/b3x4.c). They go chunk by
 * chunk, for whose columns they make tables, and then panel by panel. */
#ifndef TK_GEMV_B3X4_H
#define TK_GEMV_B3X4_H

#define TK_KERNEL_FLAGS TK_LOOKUP
#include "layouts/b3x4.h"

/* `groups` blocks of B3X4_ROWS bytes at w; rows from `row`, columns from `column` on. */
typedef struct b3x4_part {
    const uint8_t *w;
    size_t row, column, groups;
} b3x4_part;

/* K = 0 has one chunk of no columns. */
static inline b3x4_part b3x4_find(const tk_args *a, size_t panel, size_t column) {
    return (b3x4_part){(const uint8_t *)a->w + b3x4_blocks(a->shape, panel, column), panel * B3X4_ROWS, column,
                       b3x4_groups(b3x4_columns(a->shape, column))};
}

#endif
