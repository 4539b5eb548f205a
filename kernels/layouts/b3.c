/* b3.c: our base-3 layout, five weights in a byte: 1.6 bits a weight, because decoding from DRAM is bound by
 * bytes.
 *
 * As b2x (panels x groups of 4 columns, blocks of 64 bytes, one sequential stream, filled up with zero weights)
 * but with 80 rows in a panel: byte 4r + i holds column 4j + i of rows 80p + r + {0, 16, 32, 48, 64} as
 *
 *   x = A + 3 B + 9 C + 28 D + 84 E         codes 0..2 = value + 1, A = row r, .., E = row r + 64
 *
 * Why 28 and not 27: with s = A + 3B + 9C (0..26) and u = D + 3E (0..8), x = s + 28u, and since 28 is a
 * multiple of 4, x >> 2 alone tells u = (x >> 2) / 7. So six bits, the index of one byte permute, give D and E;
 * what is left, x - 28u, is below 32 and a second permute gives A, B and C. The largest byte is 250. x is also
 * linear in the five weights, so the unmasked byte is a product for free.
 *
 * Bytes that pack never writes (s = 27, or above 251) unpack by the same rule to codes up to 3. */
#include "layouts/panel_layout.h"

enum { PANEL = 80, FIELDS = 5 };

static size_t row_bytes(tk_shape s) { /* rounded up: a row is a fifth of its panel's bytes */
    return (groups(s) * COLUMNS + FIELDS - 1) / FIELDS;
}

static size_t size(tk_shape s) {
    return (s.m + PANEL - 1) / PANEL * groups(s) * BLOCK;
}

static bool pack(void *dst, const int8_t *w, tk_shape s) {
    static const unsigned factor[FIELDS] = {1, 3, 9, 28, 84};
    uint8_t *out = dst;
    for (size_t p = 0; p < s.m; p += PANEL)
        for (size_t k = 0; k < s.k; k += COLUMNS)
            for (size_t b = 0; b < BLOCK; b++) {
                unsigned byte = 0;
                for (size_t f = 0; f < FIELDS; f++) {
                    size_t row = p + LANES * f + b / COLUMNS, column = k + b % COLUMNS;
                    int value = row < s.m && column < s.k ? w[row * s.k + column] : 0;
                    if (value < -1 || value > 1)
                        return false;
                    byte += (unsigned)(value + 1) * factor[f];
                }
                *out++ = (uint8_t)byte;
            }
    return true;
}

static void unpack(int8_t *w, const void *src, tk_shape s) {
    const uint8_t *in = src;
    for (size_t m = 0; m < s.m; m++)
        for (size_t k = 0; k < s.k; k++) {
            size_t block = m / PANEL * groups(s) + k / COLUMNS;
            unsigned x = in[BLOCK * block + COLUMNS * (m % LANES) + k % COLUMNS], low = x % 28;
            unsigned code[FIELDS] = {low % 9 % 3, low % 9 / 3, low / 9, x % 84 / 28, x / 84};
            w[m * s.k + k] = (int8_t)((int)code[m % PANEL / LANES] - 1);
        }
}

const tk_layout tk_layout_b3 = {.name = "b3",
                                .bits_per_weight = 1.6f,
                                .align = BLOCK,
                                .reject = reject,
                                .size = size,
                                .row_bytes = row_bytes,
                                .pack = pack,
                                .unpack = unpack};
