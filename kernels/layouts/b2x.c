/* b2x.c: our 2-bit layout, made for one sequential stream per thread and for GEMV and GEMM alike.
 *
 * Rows are cut into panels of 64, columns into groups of 4. A block of 64 bytes = one panel x 4 columns; the
 * blocks of a panel follow each other in column order, the panels in row order. M and K are filled up with zero
 * weights (code 1), so every shape fits.
 *
 *   block of panel p, columns 4j..4j+3, at 64 * (p * ceil(K/4) + j):
 *   byte 4r + i  (r = 0..15, i = 0..3)   bits 1..0   3..2       5..4       7..6
 *   code of column 4j + i, row 64p + ..       r      r + 16     r + 32     r + 48        code = value + 1
 *
 * Read as 16 lanes of 32 bits, a block is what VPDPBUSD wants (4 columns of one row in a lane), and 16 blocks
 * are an AMX tile of weights. The four rows of a byte meet the same activation: a kernel may multiply the
 * unmasked byte and take the rows apart in the sums (kernels/gemv/b2x__avx512vnni.c). */
#include "layouts/panel_layout.h"

enum { PANEL = 64 };

static size_t row_bytes(tk_shape s) {
    return groups(s);
}

static size_t size(tk_shape s) {
    return (s.m + PANEL - 1) / PANEL * groups(s) * BLOCK;
}

static bool pack(void *dst, const int8_t *w, tk_shape s) {
    uint8_t *out = dst;
    for (size_t p = 0; p < s.m; p += PANEL)
        for (size_t k = 0; k < s.k; k += COLUMNS)
            for (size_t b = 0; b < BLOCK; b++) {
                unsigned byte = 0;
                for (size_t f = 0; f < 4; f++) {
                    size_t row = p + LANES * f + b / COLUMNS, column = k + b % COLUMNS;
                    int value = row < s.m && column < s.k ? w[row * s.k + column] : 0;
                    if (value < -1 || value > 1)
                        return false;
                    byte |= (unsigned)(value + 1) << 2 * f;
                }
                *out++ = (uint8_t)byte;
            }
    return true;
}

static void unpack(int8_t *w, const void *src, tk_shape s) {
    const uint8_t *in = src;
    for (size_t m = 0; m < s.m; m++)
        for (size_t k = 0; k < s.k; k++) {
            size_t block = m / PANEL * groups(s) + k / COLUMNS, field = m % PANEL / LANES;
            unsigned byte = in[BLOCK * block + COLUMNS * (m % LANES) + k % COLUMNS];
            w[m * s.k + k] = (int8_t)((int)(byte >> 2 * field & 3) - 1);
        }
}

const tk_layout tk_layout_b2x = {.name = "b2x",
                                 .bits_per_weight = 2,
                                 .align = BLOCK,
                                 .reject = reject,
                                 .size = size,
                                 .row_bytes = row_bytes,
                                 .pack = pack,
                                 .unpack = unpack};
