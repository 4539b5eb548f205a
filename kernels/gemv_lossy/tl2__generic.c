/* Lossy TL2 in plain C: lossy.h says what it computes. A look-up, a sign and an addition for three weights. */
#include "gemv_lossy/lossy.h"

static void rows32(int32_t *sum, const uint8_t *byte, const int8_t *table, const uint16_t *signs, unsigned q) {
    for (size_t r = 0; r < TL_ROWS; r++) {
        const uint8_t b = byte[tk_tl2_row(r)];
        int x = table[b >> 4], y = table[TL_ENTRIES + (b & 15)];
        if (signs) {
            const unsigned word = signs[r % 16], bit = 15 - 2 * q - (r >= 16);
            x = word >> bit & 1 ? -x : x;
            y = word >> (bit - 2) & 1 ? -y : y;
        }
        sum[r] += x + y;
    }
}

static void block(int32_t sum[TL_ROWS], const tk_args *a, tk_tiling t, size_t number, size_t token) {
    const tk_tl2_parts at = tk_tl2_split(a->shape, t);
    const uint8_t *w = a->w;
    const size_t tile = number * TL_ROWS / t.bm_tile, in = number * TL_ROWS % t.bm_tile / TL_ROWS,
                 blocks = t.bm_tile / TL_ROWS;
    const int8_t *table = (const int8_t *)a->scratch + token * (at.k3 / 3 + at.k2 / 2) * TL_ENTRIES;
    for (size_t kb = 0; kb < at.k3 / t.by_tile; kb++) {
        const size_t blk = (tile * (at.k3 / t.by_tile) + kb) * blocks + in;
        const uint8_t *byte = w + blk * (t.by_tile / 6) * 32,
                      *sign = w + at.signs + blk * (t.by_tile / 24) * 32;
        for (size_t j = 0; j < t.by_tile / 6; j++, table += 2 * TL_ENTRIES) {
            uint16_t words[16];
            memcpy(words, sign + j / 4 * 32, sizeof words);
            rows32(sum, byte + 32 * j, table, words, 2 * (unsigned)(j % 4));
        }
    }
    for (size_t kb = 0; kb < at.k2 / 32; kb++) {
        const uint8_t *byte = w + at.pairs + ((tile * (at.k2 / 32) + kb) * blocks + in) * 8 * 32;
        for (size_t j = 0; j < 8; j++, table += 2 * TL_ENTRIES)
            rows32(sum, byte + 32 * j, table, NULL, 0);
    }
}

static void run(const tk_args *a) {
    lossy_scales(a);
    if (a->shape.m)
        tl_walk(a, tk_tl2_tiling(a->shape), block);
}

TK_KERNEL(gemv_lossy_tl2__generic, .layout = &tk_layout_tl2, .step = TL_ROWS, .step_k = 32,
          .reject = lossy_reject, .scratch = lossy_scratch, .prepare = lossy_prepare, .run = run,
          .note = "plain C: tables of 8 bits");
