/* iq1_bn.c: IQ1_BN, type 134 of ik_llama.cpp (ggml/src/iqk/iqk_quantize.cpp): a row is an F16 scale and blocks
 * of 64 weights in 13 bytes. layouts/iq1_bn.h says which weights a byte holds.
 *
 *   | 4 x 3 bytes: of 16 weights the first 15, five a byte | 1 byte: the four sixteenth weights |
 *
 * The last byte's most significant digit is zero. */
#include "layouts/iq1_bn.h"

static void write_head(uint8_t *row) {
    row[0] = 0x00; /* F16 1.0 */
    row[1] = 0x3c;
}

static void write_scale(uint8_t *block) {
    (void)block;
}

#include "layouts/trits_layout.h"

static const char *reject(tk_shape s) {
    return s.k % BLOCK_COLUMNS ? "K is not a multiple of 64" : NULL;
}

const tk_layout tk_layout_iq1_bn = {.name = "iq1_bn", .bits_per_weight = 1.625f, TRITS_LAYOUT};
