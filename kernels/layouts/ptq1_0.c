/* ptq1_0.c: PTQ1_0, type 143 of PrismML's llama.cpp (ggml/src/ggml-common.h, ggml/src/ggml-quants.c): TQ1_0
 * with 128 weights in a block of 28 bytes. layouts/ptq1_0.h says which weights a byte holds.
 *
 *   | 16 bytes: weights 0..79 | 8 bytes: 80..119 | 2 bytes of four: 120..127 | F16 scale |
 *
 * The four-digit bytes have a zero as fifth digit. */
#include "layouts/ptq1_0.h"

static void write_head(uint8_t *row) {
    (void)row;
}

static void write_scale(uint8_t *block) {
    block[BLOCK_BYTES - 2] = 0x00; /* F16 1.0 */
    block[BLOCK_BYTES - 2 + 1] = 0x3c;
}

#include "layouts/trits_layout.h"

static const char *reject(tk_shape s) {
    return s.k % BLOCK_COLUMNS ? "K is not a multiple of 128" : NULL;
}

const tk_layout tk_layout_ptq1_0 = {.name = "ptq1_0", .bits_per_weight = 1.75f, TRITS_LAYOUT};
