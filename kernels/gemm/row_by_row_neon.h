/* row_by_row_neon.h: rows_neon.h for layouts whose rows are contiguous: a unit is one tile of rows that follow
 * each other; behind the last row it stands in for the missing ones. A layout's header defines decode_row. */
#ifndef TK_ROW_BY_ROW_NEON_H
#define TK_ROW_BY_ROW_NEON_H

enum { TILES = 1 };

#include "gemm/rows_neon.h"

/* Columns [at, at + columns) of a row as row i of a unit, by put_codes(). */
static inline void decode_row(uint8_t *out, size_t i, const tk_args *, size_t row, size_t at, size_t columns);

static inline void decode(uint8_t *out, const tk_args *a, size_t row, size_t at, size_t columns) {
    for (size_t i = 0; i < TILE_ROWS; i++)
        decode_row(out, i, a, row + i < a->end ? row + i : a->end - 1, at, columns);
}

static void run(const tk_args *a) {
    for (size_t m = a->begin; m < a->end; m += TILE_ROWS)
        unit(a, m, 0);
}

#define ROW_BY_ROW                                                                                             \
    .step = TILE_ROWS, .reject = gemv_reject, .scratch = lines_scratch, .prepare = lines_prepare, .run = run,  \
    .note = PAIR == 1 ? "decoded once, 4 rows x 6 tokens in registers"                                         \
                      : "decoded once, 8 rows x 12 tokens in registers"

#endif
