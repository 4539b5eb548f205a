/* gemv_tmpl.h: what the I2_S variants share: the walk over rows and tokens, and the limit on K.
 *
 * A panel is 4 rows. Where fewer are left the last row stands in for the missing ones: it is read again (from
 * the nearest cache) and its sums are not stored, so every row count takes the same code and no byte outside
 * the matrix is touched. Tokens are the inner loop: the panel comes from memory once for all of them. */
#ifndef TK_GEMV_TMPL_H
#define TK_GEMV_TMPL_H

#include "kernel.h"

enum { GEMV_ROWS = 4, GEMV_GROUP = 128, GEMV_BYTES = 32, GEMV_AHEAD = 12288 };

/* GEMV_AHEAD: the kernels prefetch that many bytes ahead of every load of codes: memory takes longer than the
 * hardware prefetchers look ahead, and a row of 640 bytes ends before they are in step. Rows are contiguous, so
 * this is the same stream for all of them. 2, 4, 6, 8 and 16 KiB were no faster from DRAM, none lost a third;
 * past the end of the matrix it is harmless, a prefetch cannot fault. */

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

/* Says that v is in a vector register here. It emits nothing, but without it GCC 12 keeps two copies of every
 * accumulator of a loop (one for the next turn, one for after the loop) and moves or spills each in every turn.
 */
#if defined(__x86_64__)
#define GEMV_PIN(v) __asm__("" : "+v"(v))
#elif defined(__aarch64__)
#define GEMV_PIN(v) __asm__("" : "+w"(v))
#endif

/* With codes up to 3 and q down to -128 a sum of code * q stays inside int32 while K <= 5,592,405. The kernels
 * that keep codes in place, scaled by up to 64, have many lanes and reach the same bound in each of them:
 * 4 products of at most 192 * 128 per 64 bytes = 256 columns (512 bit), or per 128 columns (256 bit, 128 bit
 * with codes scaled by at most 16 and two per group): no lane overflows while K <= 2,796,160. */
static inline const char *gemv_reject(tk_shape s) {
    return s.k > 1u << 21 ? "K is above 2097152: int32 sums could overflow" : NULL;
}

#endif
