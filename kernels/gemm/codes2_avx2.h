/* codes2_avx2.h: GEMM over the layouts of 2-bit codes (gemv/codes2.h) with rows_avx2.h: fields are shifted down
 * and written one after the other, the order that prepare gives the activations. */
#ifndef TK_GEMM_CODES2_AVX2_H
#define TK_GEMM_CODES2_AVX2_H

#include "gemv/codes2_load_avx2.h"

static inline size_t rows_columns(size_t k) {
    return token_bytes(k);
}

static inline const int8_t *rows_x(const tk_args *a) {
    return a->scratch;
}

static inline void rows_decode(uint8_t *out, const tk_args *a, size_t row, size_t at, size_t columns) {
    const uint8_t *w = (const uint8_t *)a->w + row * row_bytes_of(a->shape.k);
    const size_t whole = blocks_of(a->shape.k) * CODE_BYTES / VECTOR;
    const __m256i mask = _mm256_set1_epi8(3);
    for (size_t c = at / (4 * VECTOR), end = (at + columns) / (4 * VECTOR); c < end; c++) {
        const __m256i codes = c < whole ? CODES2_CHUNK(w, c) : last_codes(w, c, a->shape.k);
        for (int f = 0; f < 4; f++, out += VECTOR)
            _mm256_store_si256((__m256i *)(void *)out,
                               _mm256_and_si256(_mm256_srl_epi16(codes, _mm_cvtsi32_si128(2 * f)), mask));
    }
}

#include "gemm/rows_avx2.h"

#define CODES2_AVX2                                                                                            \
    .layout = &LAYOUT, .step = BLOCK_ROWS, .step_k = BLOCK_COLUMNS, .reject = gemv_reject, .scratch = scratch, \
    .prepare = prepare, .run = run, .note = "decoded once, 2 rows x 6 tokens in registers"

#endif
