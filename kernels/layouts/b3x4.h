/* b3x4.h: the numbers of the b3x4 layout (b3x4.c has the picture), for it and for the kernels that read it. */
#ifndef TK_LAYOUT_B3X4_H
#define TK_LAYOUT_B3X4_H

#include "kernel.h"

enum {
    B3X4_ROWS = 256,  /* of a panel */
    B3X4_COLUMNS = 4, /* of a byte */
    B3X4_CHUNK = 42,  /* groups of columns that all panels have before the next ones come */
    B3X4_CHUNK_COLUMNS = B3X4_CHUNK * B3X4_COLUMNS,
};

static const uint8_t b3x4_factor[B3X4_COLUMNS] = {1, 3, 9, 32}; /* of code 0..2 of a column */

static inline size_t b3x4_groups(size_t columns) {
    return (columns + B3X4_COLUMNS - 1) / B3X4_COLUMNS;
}

static inline size_t b3x4_panels(tk_shape s) {
    return (s.m + B3X4_ROWS - 1) / B3X4_ROWS;
}

/* Columns of the chunk that begins with `column`. */
static inline size_t b3x4_columns(tk_shape s, size_t column) {
    return s.k - column < B3X4_CHUNK_COLUMNS ? s.k - column : B3X4_CHUNK_COLUMNS;
}

/* Where a panel's blocks of that chunk begin, in bytes; a block is B3X4_ROWS bytes, one group of columns. */
static inline size_t b3x4_blocks(tk_shape s, size_t panel, size_t column) {
    return B3X4_ROWS * (column / B3X4_COLUMNS * b3x4_panels(s) + panel * b3x4_groups(b3x4_columns(s, column)));
}

/* The row that byte `byte` of a block is, from the panel's first on: 64v + 4r + i is 64v + 16i + r. */
static inline size_t b3x4_row(size_t byte) {
    return byte / 64 * 64 + byte % 4 * 16 + byte % 64 / 4;
}

#endif
