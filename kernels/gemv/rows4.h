/* rows4.h: layouts of four rows interleaved: I2_S in its 4-row order and IQ2_BN_R4 (the pictures are in
 * layouts/i2s_r4.c and iq2_bn_r4.c). A panel of four rows is `head` bytes and K bytes of codes, so four rows
 * are one stream, the activations of a column serve all of them, and no kernel needs an order of its own for
 * them.
 *
 * A part may begin or end inside a panel: all four rows are computed, those outside are not stored. */
#ifndef TK_ROWS4_H
#define TK_ROWS4_H

#include "gemv/gemv_tmpl.h"

#include <string.h>

enum { PANEL_ROWS = 4 };

/* Where panel p's codes begin. */
static inline const uint8_t *rows4_panel(const tk_args *a, size_t p, size_t head) {
    return (const uint8_t *)a->w + p * (head + a->shape.k) + head;
}

/* out[r] = sum of code * q of row r. */
static inline void rows4_store(const tk_args *a, size_t p, size_t n, const int32_t out[PANEL_ROWS]) {
    for (size_t r = 0; r < PANEL_ROWS; r++) {
        const size_t m = PANEL_ROWS * p + r;
        if (m >= a->begin && m < a->end)
            ((int32_t *)a->y)[n * a->shape.m + m] = out[r] - a->sum[n];
    }
}

typedef void panel_sums(int32_t out[PANEL_ROWS], const uint8_t *w, const int8_t *q, size_t k);

/* Tokens are inside panels: a panel is read once for all of them. */
__attribute__((always_inline)) static inline void rows4_walk(const tk_args *a, size_t head, panel_sums *sums) {
    for (size_t p = a->begin / PANEL_ROWS; p * PANEL_ROWS < a->end; p++)
        for (size_t n = 0; n < a->shape.n; n++) {
            int32_t out[PANEL_ROWS];
            sums(out, rows4_panel(a, p, head), (const int8_t *)a->x + n * a->shape.k, a->shape.k);
            rows4_store(a, p, n, out);
        }
}

#endif
