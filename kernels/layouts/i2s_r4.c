/* i2s_r4.c: I2_S as bitnet.cpp writes it on x86 where ACT_PARALLEL is switched off (microsoft/BitNet
 * src/ggml-bitnet-mad.cpp): four rows in a byte. No file says that it has this order.
 *
 *   byte (m / 4) * K + k: column k of rows 4j, 4j + 1, 4j + 2, 4j + 3, the first in the HIGH bits */
#include "kernel.h"

static const char *reject(tk_shape s) {
    return s.m % 4 ? "M is not a multiple of 4" : NULL;
}

static size_t row_bytes(tk_shape s) { /* rounded up: a row is a quarter of its panel's bytes */
    return (s.k + 3) / 4;
}

static size_t size(tk_shape s) {
    return s.m / 4 * s.k;
}

static bool pack(void *dst, const int8_t *w, tk_shape s) {
    uint8_t *out = dst;
    for (size_t m = 0; m < s.m; m += 4)
        for (size_t k = 0; k < s.k; k++) {
            unsigned byte = 0;
            for (size_t r = 0; r < 4; r++) {
                const int value = w[(m + r) * s.k + k];
                if (value < -1 || value > 1)
                    return false;
                byte |= (unsigned)(value + 1) << (6 - 2 * r);
            }
            *out++ = (uint8_t)byte;
        }
    return true;
}

static void unpack(int8_t *w, const void *src, tk_shape s) {
    const uint8_t *in = src;
    for (size_t m = 0; m < s.m; m++)
        for (size_t k = 0; k < s.k; k++)
            w[m * s.k + k] = (int8_t)((in[m / 4 * s.k + k] >> (6 - 2 * (m % 4)) & 3) - 1);
}

const tk_layout tk_layout_i2s_r4 = {.name = "i2s_r4",
                                    .bits_per_weight = 2,
                                    .align = 1,
                                    .reject = reject,
                                    .size = size,
                                    .row_bytes = row_bytes,
                                    .pack = pack,
                                    .unpack = unpack};
