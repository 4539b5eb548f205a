/* panel_layout.h: what our own layouts share (b2x.c, b3.c, b3x4.c): any shape fits, for M is filled up to
 * panels and K to groups of 4 columns. */
#ifndef TK_PANEL_LAYOUT_H
#define TK_PANEL_LAYOUT_H

#include "kernel.h"

enum { LANES = 16, COLUMNS = 4, BLOCK = 64 };

static const char *reject(tk_shape s) {
    (void)s;
    return NULL;
}

static size_t groups(tk_shape s) {
    return (s.k + COLUMNS - 1) / COLUMNS;
}

#endif
