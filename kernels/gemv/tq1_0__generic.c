/* TQ1_0 x int8 in plain C: see gemv/tq1_0_generic.h. */
#include "gemv/tq1_0_generic.h"

TK_KERNEL(gemv_tq1_0__generic, .layout = &tk_layout_tq1_0, .step = 1, .step_k = TQ1_COLUMNS,
          .reject = gemv_reject, .scratch = scratch, .prepare = prepare, .run = run,
          .note = "plain C: 4 digits per 64-bit multiplication");
