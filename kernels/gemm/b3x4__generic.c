/* b3x4 x int8 for several tokens in plain C: see gemv/b3x4_generic.h. */
#include "gemv/b3x4_generic.h"

TK_KERNEL(gemm_b3x4__generic, .layout = &tk_layout_b3x4, .step = B3X4_ROWS, .step_k = B3X4_COLUMNS,
          .reject = panel_reject, .run = run, .note = "plain C: tables of 81 sums, four weights a look-up");
