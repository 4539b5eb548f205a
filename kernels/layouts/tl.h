/* tl.h: the tiles of TL1 and TL2 (microsoft/BitNet utils/codegen_tl1.py, codegen_tl2.py; docs/codegen.md). A
 * file of these types does not say how it was tiled: whoever reads it must know. Here the tiling follows from
 * the shape: that of the presets of bitnet.cpp where the shape is one of theirs, else the largest tiles that
 * fit. */
#ifndef TK_TL_H
#define TK_TL_H

#include "kernel.h"

/* BM rows x BY columns a tile, bm rows a block within it. All 0: no tiling fits. */
typedef struct tk_tiling {
    uint32_t bm_tile, by_tile, bm;
} tk_tiling;

tk_tiling tk_tl1_tiling(tk_shape);
tk_tiling tk_tl2_tiling(tk_shape);

/* The tiling of bitnet.cpp's presets (preset_kernels/) alone; all 0 where the shape is none of theirs. */
tk_tiling tk_tl_preset(tk_shape, bool tl2);
/* Does this tiling fit the shape? NULL, or what it does not do. */
const char *tk_tl_misfit(tk_shape, tk_tiling, bool tl2);
/* int8[m][k] from a tensor that was tiled so; it must fit. Codes that no writer makes unpack to values beyond
 * +-1. */
void tk_tl1_unpack(int8_t *w, const void *src, tk_shape, tk_tiling);
void tk_tl2_unpack(int8_t *w, const void *src, tk_shape, tk_tiling);

/* TL1: pairs of columns, index 3 w0 + w1 + 4 in a nibble, bm in {32, 64}, by = 256 / bm columns at once.
 * The byte that holds pair p of row m; *high: its upper nibble. */
size_t tk_tl1_byte(tk_shape, tk_tiling, size_t m, size_t p, bool *high);

/* TL2: the first k3 columns as triples (index |9 w0 + 3 w1 + w2| in a nibble, the sign in a bit of its own),
 * the others as TL1's pairs. Offsets of the three parts in bytes. */
typedef struct tk_tl2_parts {
    size_t k3, k2, signs, pairs, end;
} tk_tl2_parts;
tk_tl2_parts tk_tl2_split(tk_shape, tk_tiling);

/* Row r of a block of 32 lies at this byte of a vector: 0-7, 16-23, 8-15, 24-31, so that interleaving low and
 * high bytes gives rows in order. */
static inline size_t tk_tl2_row(size_t r) {
    return (size_t)(0x3120 >> 4 * (r / 8) & 15) * 8 + r % 8;
}

#endif
