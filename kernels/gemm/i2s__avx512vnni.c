/* I2_S x int8 for several tokens: i2s_rows_avx512.h decodes, rows_avx512.h multiplies. */
#include "gemm/i2s_rows_avx512.h"

static inline const int8_t *rows_x(const tk_args *a) {
    return a->x;
}

#include "gemm/rows_avx512.h"

TK_KERNEL(gemm_i2s__avx512vnni, .layout = &tk_layout_i2s, .step = TILE_ROWS, .step_k = GEMV_GROUP,
          .reject = gemv_reject, .run = run, .note = "decoded once, 4 rows x 6 tokens in registers");
