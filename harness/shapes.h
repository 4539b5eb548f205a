/* shapes.h: matrix shapes from a CSV file with columns model, tensor, m, k (others are ignored). */
#ifndef TL_SHAPES_H
#define TL_SHAPES_H

#include "kernels/kernel.h"

typedef struct tl_shape_row {
    tk_shape shape; /* n = 1 */
    char model[48], tensor[48];
} tl_shape_row;

/* Reads path; the caller frees *rows. TL_GO_ON or TL_BAD (printed: file, line, expected, found): a missing
 * column, no row, a dimension that is no whole number from 1 to 2^24, a matrix of more than 2^32 weights. */
int tl_shapes_read(const char *path, tl_shape_row **rows, size_t *count);

#endif
