/* I2_S x int8 for several tokens: tokens are the inner loop, so a panel of four rows is read once for all of
 * them: see gemv/i2s_generic.h. */
#include "gemv/i2s_generic.h"

TK_KERNEL(gemm_i2s__generic, .layout = &tk_layout_i2s, .step = GEMV_ROWS, .step_k = GEMV_GROUP,
          .reject = gemv_reject, .scratch = AUTOVEC ? NULL : scratch, .prepare = AUTOVEC ? NULL : prepare,
          .run = AUTOVEC ? run_plain : run_product,
          .note = AUTOVEC ? "plain loop for the vectoriser" : "plain C: 4 columns per 64-bit multiplication");
