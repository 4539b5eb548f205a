/* lookup_tables_avx512.h: the tables of lookup_avx512.h: a register of 27 sums of three activations. */
#ifndef TK_LOOKUP_TABLES_AVX512_H
#define TK_LOOKUP_TABLES_AVX512_H

#include "gemv/panel_avx512.h"

enum { TRIPLE = 3 }; /* weights of an index */

typedef struct builder { /* entry i of a table, in the order that VPACKSSDW restores */
    __m512i weights[2], start[2];
} builder;

static inline builder make_builder(void) {
    int8_t w[2][64] = {{0}};
    int32_t start[2][16];
    for (unsigned i = 0; i < 32; i++) {
        const unsigned half = i / 4 % 2, lane = i / 8 * 4 + i % 4, digit[TRIPLE] = {i % 3, i / 3 % 3, i / 9};
        start[half][lane] = 0;
        for (unsigned j = 0; j < TRIPLE && i < 27; j++) {
            w[half][4 * lane + j] = (int8_t)((int)digit[j] - 1);
            start[half][lane] -= 128 * ((int)digit[j] - 1);
        }
    }
    builder b;
    for (unsigned half = 0; half < 2; half++) {
        b.weights[half] = _mm512_loadu_si512(w[half]);
        b.start[half] = _mm512_loadu_si512(start[half]);
    }
    return b;
}

/* The table of three activations; they come with the sign bit turned, as VPDPBUSD wants them. */
static inline __m512i table_of(const builder *b, int32_t three) {
    const __m512i q = _mm512_set1_epi32(three ^ (int32_t)0x80808080u);
    return _mm512_packs_epi32(panel_dot(b->start[0], q, b->weights[0]),
                              panel_dot(b->start[1], q, b->weights[1]));
}

/* Tables of `columns` columns of `tokens` tokens: table[group][token]. Nothing beyond the columns is read. */
__attribute__((always_inline)) static inline void build(__m512i *table, const builder *b, const int8_t *x,
                                                        size_t k, size_t columns, size_t tokens) {
    size_t c = 0;
    for (; c + 4 <= columns; c += TRIPLE)
        for (size_t t = 0; t < tokens; t++)
            *table++ = table_of(b, panel_quad(x + t * k + c));
    for (; c < columns; c += TRIPLE)
        for (size_t t = 0; t < tokens; t++) {
            int32_t three = 0;
            memcpy(&three, x + t * k + c, columns - c < TRIPLE ? columns - c : TRIPLE);
            *table++ = table_of(b, three);
        }
}

#endif
