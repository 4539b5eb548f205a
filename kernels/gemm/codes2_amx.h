/* codes2_amx.h: GEMM over the layouts of 2-bit codes (gemv/codes2.h) with AMX tiles, rows_amx.h. */
#ifndef TK_GEMM_CODES2_AMX_H
#define TK_GEMM_CODES2_AMX_H

#include "gemm/codes2_rows_avx512.h"

/* A chunk of 64 code bytes is four blocks, one a field. */
static inline void rows_take(int8_t out[64], const tk_args *a, size_t token, size_t block) {
    const int8_t *q = (const int8_t *)a->x + token * a->shape.k;
    for (size_t i = 0; i < VECTOR; i += RUN)
        prepare_run(out + i, q, a->shape.k, block / 4 * VECTOR + i, block % 4);
}

#include "gemm/rows_amx.h"

#define CODES2_AMX                                                                                             \
    .layout = &LAYOUT, .step = ROWS, .step_k = BLOCK_COLUMNS, .reject = gemv_reject, .scratch = tiles_scratch, \
    .prepare = tiles_prepare, .run = run, .note = "AMX tiles, 32 rows x 32 tokens of sums"

#endif
