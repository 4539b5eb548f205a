/* b3x4.c: our base-3 layout for look-up, four weights of one row in a byte: an index, with nothing to decode.
 *
 * Rows are cut into panels of 256, columns into groups of 4 and chunks of 63 groups (252 columns: what the
 * tables of a look-up kernel take of an L1 cache, gemv/lookup_bytes_avx512.h). All panels of the first chunk
 * come first, then those of the second: one stream for a thread that keeps a chunk's tables. M and K are filled
 * up with zero weights (byte 45), so every shape fits.
 *
 *   groups of 4 in all: G = ceil(K/4); panels: P = ceil(M/256); groups of chunk c: n = min(63, G - 63c)
 *   block of panel p, group 63c + g, at 256 * (63 * c * P + n * p + g), 256 bytes:
 *   byte 64v + 4r + i  (v = 0..3, r = 0..15, i = 0..3)  row 256p + 64v + 16i + r, columns 4j .. 4j+3 as
 *
 *   x = A + 3 B + 9 C + 32 D                codes 0..2 = value + 1, A = column 4j
 *
 * Why 32 and not 27: the sums of D = 0, 1, 2 are then three vectors of 32 words, made from one by a subtraction
 * and an addition. The largest byte is 90; others that pack never writes unpack to codes up to 3. */
#include "kernel.h"

enum { PANEL = 256, LANES = 16, VECTOR = 64, COLUMNS = 4, CHUNK = 63 };
static const unsigned factor[COLUMNS] = {1, 3, 9, 32};

static const char *reject(tk_shape s) {
    (void)s;
    return NULL;
}

static size_t groups(tk_shape s) {
    return (s.k + COLUMNS - 1) / COLUMNS;
}

static size_t panels(tk_shape s) {
    return (s.m + PANEL - 1) / PANEL;
}

static size_t row_bytes(tk_shape s) {
    return groups(s);
}

static size_t size(tk_shape s) {
    return panels(s) * PANEL * groups(s);
}

static size_t place(tk_shape s, size_t row, size_t group) {
    const size_t first = group / CHUNK * CHUNK, n = groups(s) - first < CHUNK ? groups(s) - first : CHUNK,
                 in = row % VECTOR;
    return PANEL * (first * panels(s) + row / PANEL * n + group % CHUNK) + row % PANEL / VECTOR * VECTOR +
           in % LANES * 4 + in / LANES;
}

static bool pack(void *dst, const int8_t *w, tk_shape s) {
    uint8_t *out = dst;
    for (size_t m = 0; m < panels(s) * PANEL; m++)
        for (size_t g = 0; g < groups(s); g++) {
            unsigned byte = 0;
            for (size_t c = 0; c < COLUMNS; c++) {
                const size_t k = g * COLUMNS + c;
                const int value = m < s.m && k < s.k ? w[m * s.k + k] : 0;
                if (value < -1 || value > 1)
                    return false;
                byte += (unsigned)(value + 1) * factor[c];
            }
            out[place(s, m, g)] = (uint8_t)byte;
        }
    return true;
}

static void unpack(int8_t *w, const void *src, tk_shape s) {
    const uint8_t *in = src;
    for (size_t m = 0; m < s.m; m++)
        for (size_t k = 0; k < s.k; k++) {
            const unsigned x = in[place(s, m, k / COLUMNS)], low = x % 32,
                           code[COLUMNS] = {low % 3, low / 3 % 3, low / 9, x / 32 % 4};
            w[m * s.k + k] = (int8_t)((int)code[k % COLUMNS] - 1);
        }
}

const tk_layout tk_layout_b3x4 = {.name = "b3x4",
                                  .bits_per_weight = 2,
                                  .align = 64,
                                  .reject = reject,
                                  .size = size,
                                  .row_bytes = row_bytes,
                                  .pack = pack,
                                  .unpack = unpack};
