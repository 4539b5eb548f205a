/* tq1_0.c: TQ1_0, type 34 of ggml (src/ggml-common.h, src/ggml-quants.c): 54 bytes for 256 weights of a row,
 * five weights in a byte. layouts/tq1_0.h says which.
 *
 *   | 32 bytes: weights 0..159 | 16 bytes: 160..239 | 4 bytes of four: 240..255 | F16 scale |
 *
 * The digits (value + 1), the first the most significant, make a number d in base 3, and the byte is d * 256 /
 * 243 rounded up: a fraction of 256 whose digits come out by multiplying with 3. The four-digit bytes have a
 * zero as fifth digit. pack writes 1.0 as the scale; it is no part of an integer product. */
#include "layouts/tq1_0.h"

static const char *reject(tk_shape s) {
    return s.k % TQ1_COLUMNS ? "K is not a multiple of 256" : NULL;
}

static size_t row_bytes(tk_shape s) {
    return tq1_blocks(s.k) * TQ1_BYTES;
}

static size_t size(tk_shape s) {
    return s.m * row_bytes(s);
}

static bool pack_block(uint8_t *block, const int8_t *w) {
    for (size_t j = 0; j < TQ1_CODES; j++) {
        unsigned digits = 0;
        for (size_t n = 0; n < TQ1_DIGITS; n++) {
            size_t column = tq1_column(j, n);
            int value = column < TQ1_COLUMNS ? w[column] : -1;
            if (value < -1 || value > 1)
                return false;
            digits = 3 * digits + (unsigned)(value + 1);
        }
        block[j] = (uint8_t)((digits * 256 + 242) / 243);
    }
    block[TQ1_CODES] = 0x00; /* F16 1.0 */
    block[TQ1_CODES + 1] = 0x3c;
    return true;
}

static bool pack(void *dst, const int8_t *w, tk_shape s) {
    for (size_t b = 0; b < s.m * tq1_blocks(s.k); b++)
        if (!pack_block((uint8_t *)dst + b * TQ1_BYTES, w + b * TQ1_COLUMNS))
            return false;
    return true;
}

static void unpack(int8_t *w, const void *src, tk_shape s) {
    for (size_t b = 0; b < s.m * tq1_blocks(s.k); b++, w += TQ1_COLUMNS)
        for (size_t j = 0; j < TQ1_CODES; j++) {
            unsigned v = ((const uint8_t *)src)[b * TQ1_BYTES + j];
            for (size_t n = 0; n < TQ1_DIGITS; n++, v = 3 * v & 255)
                if (tq1_column(j, n) < TQ1_COLUMNS)
                    w[tq1_column(j, n)] = (int8_t)((int)(3 * v >> 8) - 1);
        }
}

const tk_layout tk_layout_tq1_0 = {.name = "tq1_0",
                                   .bits_per_weight = 1.6875f,
                                   .align = 1,
                                   .reject = reject,
                                   .size = size,
                                   .row_bytes = row_bytes,
                                   .pack = pack,
                                   .unpack = unpack};
