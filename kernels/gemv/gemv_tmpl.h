/* gemv_tmpl.h: what the I2_S variants share: the walk over rows and tokens, and the limit on K.
 *
 * A panel is 4 rows. Where fewer are left the last row stands in for the missing ones: it is read again (from
 * the nearest cache) and its sums are not stored, so every row count takes the same code and no byte outside
 * the matrix is touched. Tokens are the inner loop: the panel comes from memory once for all of them. */
#ifndef TK_GEMV_TMPL_H
#define TK_GEMV_TMPL_H

#include "kernel.h"
#include "pin.h"

enum { GEMV_ROWS = 4, GEMV_GROUP = 128, GEMV_BYTES = 32 };

/* Called for every load of codes. Rows are contiguous, so this runs along one stream, whatever row a kernel is
 * in; past the end of the matrix a prefetch is harmless, it cannot fault. From DRAM it is worth a factor of 1.5
 * to 2.5. Into L2 alone: into L1, four rows' streams at once read at 10 GB/s on Zen 4 instead of 20 to 26,
 * whatever the distance. 12 KiB ahead and more is slower there; on Granite Rapids
 * 1 to 20 KiB differ little. */
static inline void gemv_ahead(const uint8_t *w) {
    __builtin_prefetch(w + 8192, 0, 2);
}

/* out[r] = sum of code * q over a row of `groups` groups of 128 columns. */
typedef void gemv_panel(int32_t out[GEMV_ROWS], const uint8_t *const row[GEMV_ROWS], const void *q,
                        size_t groups);

__attribute__((always_inline)) static inline void gemv_walk(const tk_args *a, const void *q, size_t token_bytes,
                                                            gemv_panel *panel) {
    size_t row_bytes = a->shape.k / 4, groups = a->shape.k / GEMV_GROUP;
    for (size_t m = a->begin; m < a->end; m += GEMV_ROWS) {
        size_t rows = a->end - m < GEMV_ROWS ? a->end - m : GEMV_ROWS;
        const uint8_t *row[GEMV_ROWS];
        for (size_t r = 0; r < GEMV_ROWS; r++)
            row[r] = (const uint8_t *)a->w + (m + (r < rows ? r : rows - 1)) * row_bytes;
        for (size_t n = 0; n < a->shape.n; n++) {
            int32_t out[GEMV_ROWS];
            panel(out, row, (const uint8_t *)q + n * token_bytes, groups);
            int32_t *y = (int32_t *)a->y + n * a->shape.m + m;
            for (size_t r = 0; r < rows; r++)
                y[r] = out[r] - a->sum[n];
        }
    }
}

/* prepare is called once for every part of the rows; each part does its share of `units` pieces of work. */
static inline void gemv_share(const tk_args *a, size_t units, size_t *from, size_t *to) {
    *from = a->shape.m ? units * a->begin / a->shape.m : 0;
    *to = a->shape.m ? units * a->end / a->shape.m : 0;
}

/* Codes go up to 3 and q down to -128, so a sum of code * q stays inside int32 while K <= 5,592,405. In the
 * kernels that keep codes in place each lane has its own sum, of codes times up to 64: of four columns of 64
 * where a lane of a 512-bit vector holds one field of a row (4-row orders). 4 * 192 * 128 for each 64 columns
 * reach int32 first, at K = 1,398,102; elsewhere a lane has a smaller share. Lanes are shifted back before they
 * are added to each other. */
static inline const char *gemv_reject(tk_shape s) {
    return s.k > 1u << 20 ? "K is above 1048576: int32 sums could overflow" : NULL;
}

#endif
