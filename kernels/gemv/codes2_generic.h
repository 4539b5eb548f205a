/* codes2_generic.h: codes2.h in plain C: four multiply-accumulates in one 64-bit multiplication.
 *
 * Eight packed bytes as one word, masked to every other byte, are the digits of a number in base 2^16; four
 * activations in reverse order are another. The digit 2^48 of their product is the dot product of the four:
 *
 *   codes        c0 + c2*2^16 + c4*2^32 + c6*2^48         (w >> 2f) & 0x0003000300030003
 *   activations  q6 + q4*2^16 + q2*2^32 + q0*2^48         made by prepare, once a token
 *
 * Negative q borrow from the digit above, and adding half a digit before the shift takes that back exactly.
 * 16 products are added before a digit is taken out: |digit| <= 16 * 4 * 3 * 128 = 24576 < 2^15.
 * Bound: one 64-bit multiplication a cycle, 4 columns a cycle. Autovec takes the plain loop: the product trick
 * would make a weak opponent. */
#ifndef TK_CODES2_GENERIC_H
#define TK_CODES2_GENERIC_H

enum { VECTOR = 16 };

#include "gemv/codes2.h"

/* For 16 bytes of codes: [word of 8 bytes][field][even or odd bytes]. */
enum { WORDS = 16 };

static size_t words_scratch(tk_shape s) {
    return s.n * chunks_of(s.k) * WORDS * sizeof(uint64_t);
}

static void words_prepare(const tk_args *a) {
    size_t k = a->shape.k, chunks = chunks_of(k), from, to;
    gemv_share(a, a->shape.n * chunks, &from, &to);
    for (size_t c = from; c < to; c++) {
        uint64_t *words = (uint64_t *)a->scratch + c * WORDS;
        for (size_t f = 0; f < 4; f++) {
            int8_t q[RUN];
            prepare_run(q, (const int8_t *)a->x + c / chunks * k, k, c % chunks * VECTOR, f);
            for (size_t i = 0; i < 4; i++) { /* word, parity */
                const int8_t *from8 = q + i / 2 * 8 + i % 2;
                words[i / 2 * 8 + 2 * f + i % 2] = ((uint64_t)from8[0] << 48) + ((uint64_t)from8[2] << 32) +
                                                   ((uint64_t)from8[4] << 16) + (uint64_t)from8[6];
            }
        }
    }
}

#ifndef CODES2_CHUNK /* the layout's own, where codes are not stored as such (STQ1_0) */
#define CODES2_CHUNK stored_chunk
static inline const uint8_t *stored_chunk(const uint8_t *row, size_t chunk, uint8_t room[VECTOR]) {
    (void)room;
    return code_at(row, chunk * VECTOR);
}
#endif

static inline int64_t chunk_product(const uint8_t *w, const uint64_t *q) {
    const uint64_t mask = 0x0003000300030003u;
    uint64_t sum = 0;
    for (size_t i = 0; i < 2; i++, q += 8) {
        uint64_t c;
        memcpy(&c, w + 8 * i, 8);
        sum += (c & mask) * q[0] + (c >> 8 & mask) * q[1] + (c >> 2 & mask) * q[2] + (c >> 10 & mask) * q[3];
        sum +=
            (c >> 4 & mask) * q[4] + (c >> 12 & mask) * q[5] + (c >> 6 & mask) * q[6] + (c >> 14 & mask) * q[7];
    }
    return (int64_t)(sum + (1ull << 47)) >> 48;
}

static inline int32_t chunk_plain(const uint8_t *w, const int8_t *q) {
    int32_t sum = 0;
    for (size_t b = 0; b < VECTOR; b++)
        sum += (w[b] & 3) * q[b] + (w[b] >> 2 & 3) * q[VECTOR + b] + (w[b] >> 4 & 3) * q[2 * VECTOR + b] +
               (w[b] >> 6) * q[3 * VECTOR + b];
    return sum;
}

enum { AUTOVEC = ((TK_BUILD_FLAGS)&TK_AUTOVEC) != 0 };

/* Tokens are inside rows: a row is read once for all of them. */
static void run(const tk_args *a) {
    const size_t k = a->shape.k, chunks = chunks_of(k), bytes = row_bytes_of(k);
    for (size_t m = a->begin; m < a->end; m++)
        for (size_t n = 0; n < a->shape.n; n++) {
            const uint8_t *row = (const uint8_t *)a->w + m * bytes;
            const uint64_t *words = (const uint64_t *)a->scratch + n * chunks * WORDS;
            const int8_t *q = (const int8_t *)a->scratch + n * token_bytes(k);
            int64_t sum = 0;
            for (size_t c = 0; c < chunks; c++) {
                uint8_t room[VECTOR];
                const uint8_t *codes = CODES2_CHUNK(row, c, room);
                sum +=
                    AUTOVEC ? chunk_plain(codes, q + c * VECTOR * 4) : chunk_product(codes, words + c * WORDS);
            }
            ((int32_t *)a->y)[n * a->shape.m + m] = (int32_t)(sum - a->sum[n]);
        }
}

#define CODES2_GENERIC                                                                                         \
    .layout = &LAYOUT, .step = 1, .step_k = BLOCK_COLUMNS, .reject = gemv_reject,                              \
    .scratch = AUTOVEC ? scratch : words_scratch, .prepare = AUTOVEC ? prepare : words_prepare, .run = run,    \
    .note = AUTOVEC ? "plain loop for the vectoriser" : "plain C: 4 columns per 64-bit multiplication"

#endif
