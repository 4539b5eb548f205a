/* tq1_0.c: TQ1_0, type 34 of ggml (src/ggml-common.h, src/ggml-quants.c): 54 bytes for 256 weights of a row,
 * five weights in a byte. layouts/tq1_0.h says which.
 *
 *   | 32 bytes: weights 0..159 | 16 bytes: 160..239 | 4 bytes of four: 240..255 | F16 scale |
 *
 * The four-digit bytes have a zero as fifth digit. */
#include "layouts/tq1_0.h"

static void write_head(uint8_t *row) {
    (void)row;
}

static void write_scale(uint8_t *block) {
    block[UNIT_CODES] = 0x00; /* F16 1.0 */
    block[UNIT_CODES + 1] = 0x3c;
}

#include "layouts/trits_layout.h"

static const char *reject(tk_shape s) {
    return s.k % BLOCK_COLUMNS ? "K is not a multiple of 256" : NULL;
}

const tk_layout tk_layout_tq1_0 = {.name = "tq1_0", .bits_per_weight = 1.6875f, TRITS_LAYOUT};
