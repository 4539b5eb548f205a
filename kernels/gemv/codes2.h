/* codes2.h: layouts with contiguous rows of 2-bit codes (0 = -1, 1 = 0, 2 = +1): TQ2_0, IQ2_BN, Q2_0, I2_S in
 * its orders. They differ in which column a byte and a field of two bits hold and in what lies between the
 * codes.
 *
 *   row | ROW_AT bytes | block of BLOCK_BYTES: CODES_AT bytes, CODE_BYTES of codes, rest | block | ...
 *
 * The order does not matter to a dot product as long as activations come in the same one. So prepare writes,
 * for every VECTOR bytes of codes, the activations of their four fields, and one loop per ISA serves all
 * layouts:
 *
 *   codes   | b0 | b1 | ... VECTOR bytes           prepared | field 0: VECTOR q | field 1 | field 2 | field 3 |
 *
 * Field f = bits 2f, 2f + 1. A layout's header (tq2_0.h, ...) defines the four numbers and column(byte, field),
 * a variant VECTOR; then this is included. */
#ifndef TK_CODES2_H
#define TK_CODES2_H

#include "gemv/gemv_tmpl.h"

#include <string.h>

enum { BLOCK_COLUMNS = 4 * CODE_BYTES };

static inline size_t blocks_of(size_t k) {
    return (k + BLOCK_COLUMNS - 1) / BLOCK_COLUMNS;
}

static inline size_t row_bytes_of(size_t k) {
    return ROW_AT + blocks_of(k) * BLOCK_BYTES;
}

static inline size_t chunks_of(size_t k) {
    return (blocks_of(k) * CODE_BYTES + VECTOR - 1) / VECTOR;
}

static inline size_t token_bytes(size_t k) {
    return chunks_of(k) * VECTOR * 4;
}

static inline size_t scratch(tk_shape s) {
    return s.n * token_bytes(s.k);
}

enum { RUN = 16 }; /* code bytes whose columns follow each other, or all have the same step */

/* Activations of RUN code bytes from `byte` on, one field; zeros beyond the last column. */
static inline void prepare_run(int8_t out[RUN], const int8_t *q, size_t k, size_t byte, size_t field) {
    const size_t at = byte / CODE_BYTES * BLOCK_COLUMNS + column(byte % CODE_BYTES, field);
    const size_t step = column(1, 0) - column(0, 0);
    if (step == 1 && at + RUN <= k)
        memcpy(out, q + at, RUN);
    else
        for (size_t i = 0; i < RUN; i++)
            out[i] = at + i * step < k ? q[at + i * step] : 0;
}

static inline void prepare(const tk_args *a) {
    size_t k = a->shape.k, chunks = chunks_of(k), from, to;
    gemv_share(a, a->shape.n * chunks, &from, &to);
    for (size_t c = from; c < to; c++)
        for (size_t i = 0; i < 4 * VECTOR; i += RUN)
            prepare_run((int8_t *)a->scratch + c * VECTOR * 4 + i, (const int8_t *)a->x + c / chunks * k, k,
                        c % chunks * VECTOR + i % VECTOR, i / VECTOR);
}

/* Where code byte `byte` of a row is. */
static inline const uint8_t *code_at(const uint8_t *row, size_t byte) {
    return row + ROW_AT + byte / CODE_BYTES * BLOCK_BYTES + CODES_AT + byte % CODE_BYTES;
}

/* Are the VECTOR bytes of a chunk side by side? */
enum { SIDE_BY_SIDE = CODE_BYTES == BLOCK_BYTES || (int)CODE_BYTES >= (int)VECTOR };

/* A chunk put together from blocks, or the last one, which may be short: zeros where there is nothing. */
static inline void collect(uint8_t out[VECTOR], const uint8_t *row, size_t chunk, size_t k) {
    size_t have = blocks_of(k) * CODE_BYTES,
           step = (int)CODE_BYTES < (int)VECTOR ? (int)CODE_BYTES : (int)VECTOR;
    memset(out, 0, VECTOR);
    for (size_t i = 0; i < VECTOR && chunk * VECTOR + i < have; i += step)
        memcpy(out + i, code_at(row, chunk * VECTOR + i), step);
}

#endif
