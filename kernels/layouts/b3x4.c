/* b3x4.c: our base-3 layout for look-up, four weights of one row in a byte: an index, with nothing to decode.
 *
 * Rows are cut into panels of 256, columns into groups of 4 and chunks of 42 groups (168 columns: with
 * the tables of two tokens a panel of them fits an L1 cache, gemv/lookup_bytes_avx512.h). All panels of the
 * first chunk come first, then those of the second: one stream for a thread that keeps a chunk's tables. M and
 * K are filled up with zero weights (byte 45), so every shape fits.
 *
 *   groups of 4 in all: G = ceil(K/4); panels: P = ceil(M/256); groups of chunk c: n = min(42, G - 42c)
 *   block of panel p, group 42c + g, at 256 * (42 * c * P + n * p + g), 256 bytes:
 *   byte 64v + 4r + i  (v = 0..3, r = 0..15, i = 0..3)  row 256p + 64v + 16i + r, columns 4j .. 4j+3 as
 *
 *   x = A + 3 B + 9 C + 32 D                codes 0..2 = value + 1, A = column 4j
 *
 * Why 32 and not 27: the sums of D = 0, 1, 2 are then three vectors of 32 words, made from one by a subtraction
 * and an addition. The largest byte is 90; others that pack never writes unpack to codes up to 3. */
#include "layouts/b3x4.h"
#include "layouts/panel_layout.h"

static size_t row_bytes(tk_shape s) {
    return groups(s);
}

static size_t size(tk_shape s) {
    return b3x4_panels(s) * B3X4_ROWS * groups(s);
}

static bool pack_byte(uint8_t *byte, const int8_t *w, tk_shape s, size_t row, size_t column) {
    *byte = 0;
    for (size_t c = 0; c < COLUMNS; c++) {
        const int value = row < s.m && column + c < s.k ? w[row * s.k + column + c] : 0;
        if (value < -1 || value > 1)
            return false;
        *byte = (uint8_t)(*byte + (value + 1) * b3x4_factor[c]);
    }
    return true;
}

static bool pack(void *dst, const int8_t *w, tk_shape s) {
    uint8_t *out = dst;
    for (size_t chunk = 0; chunk < s.k; chunk += B3X4_CHUNK_COLUMNS)
        for (size_t m = 0; m < s.m; m += B3X4_ROWS)
            for (size_t k = chunk; k < chunk + b3x4_columns(s, chunk); k += COLUMNS)
                for (size_t b = 0; b < B3X4_ROWS; b++)
                    if (!pack_byte(out++, w, s, m + b3x4_row(b), k))
                        return false;
    return true;
}

static void unpack(int8_t *w, const void *src, tk_shape s) {
    const uint8_t *in = src;
    for (size_t chunk = 0; chunk < s.k; chunk += B3X4_CHUNK_COLUMNS)
        for (size_t m = 0; m < s.m; m += B3X4_ROWS)
            for (size_t k = chunk; k < chunk + b3x4_columns(s, chunk); k += COLUMNS)
                for (size_t b = 0; b < B3X4_ROWS; b++) {
                    const size_t row = m + b3x4_row(b);
                    const unsigned x = *in++, low = x % 32,
                                   code[COLUMNS] = {low % 3, low / 3 % 3, low / 9, x / 32 % 4};
                    for (size_t c = 0; c < COLUMNS && row < s.m && k + c < s.k; c++)
                        w[row * s.k + k + c] = (int8_t)((int)code[c] - 1);
                }
}

const tk_layout tk_layout_b3x4 = {.name = "b3x4",
                                  .bits_per_weight = 2,
                                  .align = BLOCK,
                                  .reject = reject,
                                  .size = size,
                                  .row_bytes = row_bytes,
                                  .pack = pack,
                                  .unpack = unpack};
