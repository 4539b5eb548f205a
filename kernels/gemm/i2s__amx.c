/* I2_S x int8 for several tokens with AMX tiles: i2s_rows_avx512.h decodes, rows_amx.h multiplies. */
#include "gemm/i2s_rows_avx512.h"

static inline void rows_take(int8_t out[64], const tk_args *a, size_t token, size_t block) {
    memcpy(out, (const int8_t *)a->x + token * a->shape.k + block * 64, 64);
}

#include "gemm/rows_amx.h"

TK_KERNEL(gemm_i2s__amx, .layout = &tk_layout_i2s, .step = ROWS, .step_k = GEMV_GROUP, .reject = gemv_reject,
          .scratch = tiles_scratch, .prepare = tiles_prepare, .run = run,
          .note = "AMX tiles, 32 rows x 32 tokens of sums");
