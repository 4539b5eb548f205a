/* panel.h: what the b2x and b3 variants share (layouts/b2x.c, layouts/b3.c): panels of 16 lanes x 4 or 5 rows,
 * blocks of 4 columns, and a byte whose rows all meet the same activation.
 *
 * So a kernel may multiply bytes that still hold several rows and take the rows apart in the sums. For b2x,
 * with A, B, C, D the dot products of codes with q of the four rows of a byte:
 *
 *   whole byte . q = A + 4B + 16C + 64D,   & 0x3f: A + 4B + 16C,   & 0x0f: A + 4B,   & 0x03: A
 *
 * Differences give 64D, 16C, 4B exactly, also when the sums have wrapped, as long as 64 * |D| is below 2^31:
 * |D| <= 3 * 128 * K, so K < 87,381. */
#ifndef TK_PANEL_H
#define TK_PANEL_H

#include "kernel.h"

#include <string.h>

enum { PANEL_LANES = 16, PANEL_BLOCK = 64, PANEL_COLUMNS = 4, B2X_ROWS = 64, B3_ROWS = 80 };

static inline const char *panel_reject(tk_shape s) {
    return s.k > 65536 ? "K is above 65536: int32 sums could overflow" : NULL;
}

static inline size_t panel_groups(size_t k) {
    return (k + PANEL_COLUMNS - 1) / PANEL_COLUMNS;
}

/* The last K % 4 activations, filled up with zeros: nothing beyond them is read. */
static inline int32_t panel_tail(const int8_t *q, size_t k) {
    int32_t four = 0;
    memcpy(&four, q + k / PANEL_COLUMNS * PANEL_COLUMNS, k % PANEL_COLUMNS);
    return four;
}

static inline int32_t panel_quad(const int8_t *q) {
    int32_t four;
    memcpy(&four, q, 4);
    return four;
}

#endif
