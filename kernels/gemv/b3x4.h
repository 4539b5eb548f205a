/* b3x4.h: the walk over the bytes of layouts/b3x4.c: chunk by chunk of columns, then panel by panel. */
#ifndef TK_GEMV_B3X4_H
#define TK_GEMV_B3X4_H

#define TK_KERNEL_FLAGS TK_LOOKUP
#include "kernel.h"

enum { B3X4_ROWS = 256, B3X4_COLUMNS = 4, B3X4_CHUNK = 63, B3X4_CHUNK_COLUMNS = B3X4_CHUNK * B3X4_COLUMNS };

/* One panel's part of a chunk: `groups` blocks of 256 bytes at w, of the columns from `column` on. */
typedef struct b3x4_part {
    const uint8_t *w;
    size_t row, column, columns, groups;
} b3x4_part;

/* The part of panel `panel` in the chunk that begins with `column`. K = 0 has one chunk of no columns. */
static inline b3x4_part b3x4_find(const tk_args *a, size_t panel, size_t column) {
    const size_t left = a->shape.k - column, columns = left < B3X4_CHUNK_COLUMNS ? left : B3X4_CHUNK_COLUMNS,
                 groups = (columns + B3X4_COLUMNS - 1) / B3X4_COLUMNS,
                 panels = (a->shape.m + B3X4_ROWS - 1) / B3X4_ROWS,
                 at = column / B3X4_COLUMNS * panels + panel * groups;
    return (b3x4_part){(const uint8_t *)a->w + at * B3X4_ROWS, panel * B3X4_ROWS, column, columns, groups};
}

#endif
