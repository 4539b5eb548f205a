/* codes2_rows_avx512.h: rows of the layouts of 2-bit codes (gemv/codes2.h) decoded, 64 bytes at a time: fields
 * are shifted down and written one after the other, the order that prepare gives the activations. */
#ifndef TK_GEMM_CODES2_ROWS_AVX512_H
#define TK_GEMM_CODES2_ROWS_AVX512_H

enum { VECTOR = 64 };

#include "gemv/codes2_load_avx512.h"
#include "gemv/panel_avx512.h"

static inline size_t rows_columns(size_t k) {
    return token_bytes(k);
}

static inline void rows_decode(uint8_t *out, const tk_args *a, size_t row, size_t at, size_t columns) {
    const uint8_t *w = (const uint8_t *)a->w + row * row_bytes_of(a->shape.k);
    const size_t whole = blocks_of(a->shape.k) * CODE_BYTES / VECTOR;
    const __m512i mask = _mm512_set1_epi8(3);
    for (size_t c = at / (4 * VECTOR), end = (at + columns) / (4 * VECTOR); c < end; c++) {
        uint8_t bytes[VECTOR];
        if (c >= whole)
            collect(bytes, w, c, a->shape.k);
        const __m512i codes = c < whole ? CODES2_CHUNK(w, c) : _mm512_loadu_si512(bytes);
        for (unsigned f = 0; f < 4; f++, out += VECTOR)
            _mm512_store_si512(
                out, _mm512_and_si512(_mm512_srl_epi16(codes, _mm_cvtsi32_si128((int)(2 * f))), mask));
    }
}

#endif
