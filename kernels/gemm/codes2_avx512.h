/* codes2_avx512.h: GEMM over the layouts of 2-bit codes (gemv/codes2.h) with rows_avx512.h. */
#ifndef TK_GEMM_CODES2_AVX512_H
#define TK_GEMM_CODES2_AVX512_H

#include "gemm/codes2_rows_avx512.h"

static inline const int8_t *rows_x(const tk_args *a) {
    return a->scratch;
}

#include "gemm/rows_avx512.h"

#define CODES2_AVX512                                                                                          \
    .layout = &LAYOUT, .step = TILE_ROWS, .step_k = BLOCK_COLUMNS, .reject = gemv_reject, .scratch = scratch,  \
    .prepare = prepare, .run = run, .note = "decoded once, 4 rows x 6 tokens in registers"

#endif
