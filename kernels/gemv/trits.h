/* trits.h: layouts of five weights in a byte whose digits come out by multiplying with 3: TQ1_0, PTQ1_0,
 * IQ1_BN.
 *
 * Byte v is a fraction of 256: the digits (value + 1) are t = 3v >> 8 of v, 3v mod 256, 9v mod 256, ... The
 * kernels take a row in units of 256 columns, up to 54 bytes in one vector of 64:
 *
 *   row | ROW_AT bytes | unit of UNIT_BYTES, of which UNIT_CODES are read | unit | ... the last one may be
 * short
 *
 * A layout's header (tq1_0.h, ...) defines those numbers, what the file calls a block (BLOCK_COLUMNS,
 * BLOCK_BYTES; one or more a unit) and
 *
 *   column(j, n)                 the column of a unit that digit n of byte j holds; UNIT_COLUMNS: none
 *   prepare_unit(out, q, count)  the same for all: activations of `count` columns, [digit][lane], on zeros
 *
 * Where there is no weight (a fifth digit that is no weight, a scale between two blocks, the end of the row)
 * the activation is 0, so a dot product needs no other order and no mask. */
#ifndef TK_TRITS_H
#define TK_TRITS_H

#include "gemv/gemv_tmpl.h"

#include <string.h>

enum { DIGITS = 5, UNIT_LANES = 64, UNIT = DIGITS * UNIT_LANES };

static inline size_t row_bytes_of(size_t k) {
    return ROW_AT + k / BLOCK_COLUMNS * BLOCK_BYTES;
}

static inline size_t units_of(size_t k) {
    return (k + UNIT_COLUMNS - 1) / UNIT_COLUMNS;
}

/* Bytes of a unit that lie in the row and are read. */
static inline size_t unit_codes(size_t k, size_t unit) {
    const size_t left = row_bytes_of(k) - ROW_AT - unit * UNIT_BYTES;
    return left < UNIT_CODES ? left : UNIT_CODES;
}

static inline const uint8_t *unit_at(const tk_args *a, size_t row, size_t unit) {
    return (const uint8_t *)a->w + row * row_bytes_of(a->shape.k) + ROW_AT + unit * UNIT_BYTES;
}

/* [token][unit][digit][lane] */
static inline size_t token_bytes(size_t k) {
    return units_of(k) * UNIT;
}

static inline size_t trits_scratch(tk_shape s) {
    return s.n * token_bytes(s.k);
}

static inline void trits_prepare(const tk_args *a) {
    const size_t k = a->shape.k, units = units_of(k);
    size_t from, to;
    gemv_share(a, a->shape.n * units, &from, &to);
    for (size_t u = from; u < to; u++) {
        const size_t at = u % units * UNIT_COLUMNS;
        int8_t *out = (int8_t *)a->scratch + u * UNIT;
        memset(out, 0, UNIT);
        prepare_unit(out, (const int8_t *)a->x + u / units * k + at,
                     k - at < UNIT_COLUMNS ? k - at : UNIT_COLUMNS);
    }
}

#endif
