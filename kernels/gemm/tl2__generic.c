/* TL2 x int8 for several tokens in plain C: see gemv/tl2_generic.h. */
#include "gemv/tl2_generic.h"

TK_KERNEL(gemm_tl2__generic, .layout = &tk_layout_tl2, .step = TL_ROWS, .step_k = 32, .reject = gemv_reject,
          .scratch = scratch, .prepare = prepare, .run = run, .note = "plain C: tables of 16-bit sums");
