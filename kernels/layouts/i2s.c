/* i2s.c: the canonical I2_S layout, 2 bits a weight (microsoft/BitNet src/ggml-bitnet-mad.cpp, x86 default).
 *
 * The matrix is one stream e = m*K + k in groups of 128 weights -> 32 bytes; K must be a multiple of 128, so
 * that rows are whole groups. Byte p of a group holds weights p, p+32, p+64, p+96, the first in the HIGH bits:
 *
 *   bits    7..6   5..4    3..2    1..0
 *   weight  p      p+32    p+64    p+96        code = value + 1: 0 -> -1, 1 -> 0, 2 -> +1 (3 -> +2, never
 * written)
 *
 * The file format appends one f32 scale and 28 unused bytes per tensor; here are the codes only.
 */
#include "kernel.h"

enum { GROUP = 128, BYTES = 32 };

static const char *reject(tk_shape s) {
    return s.k % GROUP ? "K is not a multiple of 128" : NULL;
}

static size_t row_bytes(tk_shape s) {
    return s.k / 4;
}

static size_t size(tk_shape s) {
    return s.m * (s.k / 4);
}

static bool pack(void *dst, const int8_t *w, tk_shape s) {
    uint8_t *out = dst;
    for (size_t g = 0; g < s.m * s.k / GROUP; g++, w += GROUP)
        for (size_t p = 0; p < BYTES; p++) {
            unsigned byte = 0;
            for (size_t j = 0; j < 4; j++) {
                int value = w[p + j * BYTES];
                if (value < -1 || value > 1)
                    return false;
                byte |= (unsigned)(value + 1) << (6 - 2 * j);
            }
            *out++ = (uint8_t)byte;
        }
    return true;
}

static void unpack(int8_t *w, const void *src, tk_shape s) {
    const uint8_t *in = src;
    for (size_t e = 0; e < s.m * s.k; e++) {
        unsigned byte = in[BYTES * (e / GROUP) + e % BYTES];
        w[e] = (int8_t)((int)((byte >> (6 - 2 * (e % GROUP / BYTES))) & 3) - 1);
    }
}

const tk_layout tk_layout_i2s = {.name = "i2s",
                                 .bits_per_weight = 2,
                                 .align = 1,
                                 .reject = reject,
                                 .size = size,
                                 .row_bytes = row_bytes,
                                 .pack = pack,
                                 .unpack = unpack};
