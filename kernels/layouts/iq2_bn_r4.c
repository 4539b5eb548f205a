/* iq2_bn_r4.c: IQ2_BN_R4, type 335 of ik_llama.cpp (ggml/src/iqk/iqk_quantize.cpp): IQ2_BN with four rows
 * interleaved, so that a vector instruction's lanes of four bytes are rows.
 *
 *   four rows | 4 f32 scales | 64 bytes for 64 columns | 64 bytes for the next 64 | ...
 *   byte 16l + 4r + i of the 64: row r, columns 16l + i + {0, 4, 8, 12}, the first in the low bits */
#include "kernel.h"

#include <string.h>

enum { HEAD = 16, BLOCK = 64 };

static const char *reject(tk_shape s) {
    return s.k % BLOCK ? "K is not a multiple of 64" : s.m % 4 ? "M is not a multiple of 4" : NULL;
}

static size_t row_bytes(tk_shape s) {
    return (HEAD + s.k) / 4;
}

static size_t size(tk_shape s) {
    return s.m / 4 * (HEAD + s.k);
}

/* Where row r of the panel keeps column k, and the shift of its field. */
static size_t byte_of(size_t r, size_t k) {
    return k / 16 * 16 + 4 * r + k % 4;
}

static unsigned shift_of(size_t k) {
    return (unsigned)(k % 16 / 4 * 2);
}

static bool pack(void *dst, const int8_t *w, tk_shape s) {
    static const uint8_t one[4] = {0x00, 0x00, 0x80, 0x3f}; /* f32 1.0 */
    for (size_t m = 0; m < s.m; m++) {
        uint8_t *panel = (uint8_t *)dst + m / 4 * (HEAD + s.k);
        if (m % 4 == 0)
            memset(panel, 0, HEAD + s.k);
        memcpy(panel + m % 4 * 4, one, 4);
        for (size_t k = 0; k < s.k; k++) {
            const int value = w[m * s.k + k];
            if (value < -1 || value > 1)
                return false;
            panel[HEAD + byte_of(m % 4, k)] |= (uint8_t)((unsigned)(value + 1) << shift_of(k));
        }
    }
    return true;
}

static void unpack(int8_t *w, const void *src, tk_shape s) {
    for (size_t m = 0; m < s.m; m++) {
        const uint8_t *codes = (const uint8_t *)src + m / 4 * (HEAD + s.k) + HEAD;
        for (size_t k = 0; k < s.k; k++)
            w[m * s.k + k] = (int8_t)((codes[byte_of(m % 4, k)] >> shift_of(k) & 3) - 1);
    }
}

const tk_layout tk_layout_iq2_bn_r4 = {.name = "iq2_bn_r4",
                                       .bits_per_weight = 2,
                                       .align = 1,
                                       .reject = reject,
                                       .size = size,
                                       .row_bytes = row_bytes,
                                       .pack = pack,
                                       .unpack = unpack};
