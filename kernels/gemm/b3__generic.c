/* b3 x int8 for several tokens in plain C: a table spreads a byte's five codes over a word, one 64-bit
 * multiplication gives all five products: gemv/panel_generic.h. Autovec is the same: a plain loop that decodes
 * by comparisons was 40 times slower. */
#include "gemv/panel_generic.h"

TK_KERNEL(gemm_b3__generic, .layout = &tk_layout_b3, .step = B3_ROWS, .step_k = PANEL_COLUMNS,
          .reject = panel_reject, .scratch = wide_scratch, .prepare = widen, .run = b3_product_run,
          .note = "plain C: 5 rows per 64-bit multiplication");
