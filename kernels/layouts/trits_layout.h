/* trits_layout.h: pack and unpack for the layouts of five weights in a byte (gemv/trits.h names what a layout's
 * header defines). A layout's file also defines
 *   write_head(row)      the ROW_AT bytes before a row         write_scale(block)      what is not code in a
 * block Scales are not part of an integer product: pack writes 1.0, kernels ignore it. A byte is the number of
 * its digits in base 3, 0..242, times 256 / 243 rounded up. */
#ifndef TK_TRITS_LAYOUT_H
#define TK_TRITS_LAYOUT_H

#include "gemv/trits.h"

static size_t row_bytes(tk_shape s) {
    return row_bytes_of(s.k);
}

static size_t size(tk_shape s) {
    return s.m * row_bytes_of(s.k);
}

static bool pack_byte(uint8_t *out, const int8_t *w, size_t j) {
    unsigned number = 0;
    for (size_t n = 0; n < DIGITS; n++) {
        const int value = column(j, n) < UNIT_COLUMNS ? w[column(j, n)] : -1;
        if (value < -1 || value > 1)
            return false;
        number = 3 * number + (unsigned)(value + 1);
    }
    *out = (uint8_t)((number * 256 + 242) / 243);
    return true;
}

static bool pack(void *dst, const int8_t *w, tk_shape s) {
    uint8_t *row = dst;
    for (size_t m = 0; m < s.m; m++, w += s.k, row += row_bytes_of(s.k)) {
        write_head(row);
        for (size_t u = 0; u < units_of(s.k); u++)
            for (size_t j = 0; j < unit_codes(s.k, u); j++)
                if (!pack_byte(row + ROW_AT + u * UNIT_BYTES + j, w + u * UNIT_COLUMNS, j))
                    return false;
        for (size_t b = 0; b < s.k / BLOCK_COLUMNS; b++)
            write_scale(row + ROW_AT + b * BLOCK_BYTES);
    }
    return true;
}

static void unpack(int8_t *w, const void *src, tk_shape s) {
    const uint8_t *row = src;
    for (size_t m = 0; m < s.m; m++, w += s.k, row += row_bytes_of(s.k))
        for (size_t u = 0; u < units_of(s.k); u++)
            for (size_t j = 0; j < unit_codes(s.k, u); j++) {
                unsigned v = row[ROW_AT + u * UNIT_BYTES + j];
                for (size_t n = 0; n < DIGITS; n++, v = 3 * v & 255)
                    if (column(j, n) < UNIT_COLUMNS)
                        w[u * UNIT_COLUMNS + column(j, n)] = (int8_t)((int)(3 * v >> 8) - 1);
            }
}

#define TRITS_LAYOUT                                                                                           \
    .align = 1, .reject = reject, .size = size, .row_bytes = row_bytes, .pack = pack, .unpack = unpack

#endif
