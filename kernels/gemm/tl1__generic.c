/* TL1 x int8 for several tokens in plain C: see gemv/tl1_generic.h. */
#include "gemv/tl1_generic.h"

TK_KERNEL(gemm_tl1__generic, .layout = &tk_layout_tl1, .step = TL_ROWS, .step_k = 32, .reject = gemv_reject,
          .scratch = scratch, .prepare = prepare, .run = run, .note = "plain C: tables of 16-bit sums");
