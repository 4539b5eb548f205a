/* codes2_layout.h: pack and unpack for the layouts of 2-bit codes (layouts/tq2_0.h, ... define the numbers and
 * column(); code = value + 1). Scales are not part of an integer product: pack writes 1.0 where the numbers
 * leave room for one (F16 in a block, f32 before a row), kernels ignore it. A layout's file gives `reject` and
 * CODES2_LAYOUT(name, bits a weight, reject). */
#ifndef TK_CODES2_LAYOUT_H
#define TK_CODES2_LAYOUT_H

#include "kernel.h"

#include <string.h>

enum { BLOCK_COLUMNS = 4 * CODE_BYTES };

static inline size_t row_bytes(tk_shape s) {
    return ROW_AT + (s.k + BLOCK_COLUMNS - 1) / BLOCK_COLUMNS * BLOCK_BYTES;
}

static inline size_t size(tk_shape s) {
    return s.m * row_bytes(s);
}

/* What is not code: F16 1.0 before or behind the codes of a block, f32 1.0 before a row; or nothing. */
static inline void write_scale(uint8_t *block) {
    static const uint8_t one[2] = {0x00, 0x3c};
    if ((int)BLOCK_BYTES > (int)CODE_BYTES)
        memcpy(block + (CODES_AT ? 0 : (int)CODE_BYTES), one, sizeof one);
}

static inline void write_row_scale(uint8_t *row) {
    static const uint8_t one[4] = {0x00, 0x00, 0x80, 0x3f};
    if (ROW_AT)
        memcpy(row, one, sizeof one);
}

static bool pack_block(uint8_t *block, const int8_t *w, size_t columns) {
    write_scale(block);
    for (size_t b = 0; b < CODE_BYTES; b++) {
        unsigned byte = 0;
        for (size_t f = 0; f < 4; f++) {
            int value = column(b, f) < columns ? w[column(b, f)] : 0;
            if (value < -1 || value > 1)
                return false;
            byte |= (unsigned)(value + 1) << 2 * f;
        }
        block[CODES_AT + b] = (uint8_t)byte;
    }
    return true;
}

static bool pack(void *dst, const int8_t *w, tk_shape s) {
    uint8_t *out = dst;
    for (size_t m = 0; m < s.m; m++, w += s.k) {
        write_row_scale(out);
        out += ROW_AT;
        for (size_t k = 0; k < s.k; k += BLOCK_COLUMNS, out += BLOCK_BYTES)
            if (!pack_block(out, w + k, s.k - k))
                return false;
    }
    return true;
}

static void unpack(int8_t *w, const void *src, tk_shape s) {
    for (size_t m = 0; m < s.m; m++, w += s.k) {
        const uint8_t *block = (const uint8_t *)src + m * row_bytes(s) + ROW_AT;
        for (size_t k = 0; k < s.k; k += BLOCK_COLUMNS, block += BLOCK_BYTES)
            for (size_t i = 0; i < BLOCK_COLUMNS; i++)
                if (k + column(i / 4, i % 4) < s.k)
                    w[k + column(i / 4, i % 4)] = (int8_t)((block[CODES_AT + i / 4] >> 2 * (i % 4) & 3) - 1);
    }
}

#define CODES2_LAYOUT(NAME, BITS, REJECT)                                                                      \
    const tk_layout TK_CAT(tk_layout_, NAME) = {.name = TK_STR(NAME),                                          \
                                                .bits_per_weight = BITS,                                       \
                                                .align = 1,                                                    \
                                                .reject = REJECT,                                              \
                                                .size = size,                                                  \
                                                .row_bytes = row_bytes,                                        \
                                                .pack = pack,                                                  \
                                                .unpack = unpack}

#endif
