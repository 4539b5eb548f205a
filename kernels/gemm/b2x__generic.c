/* b2x x int8 for several tokens in plain C: a table spreads a byte's four codes over a word, one 64-bit
 * multiplication gives all four products: gemv/panel_generic.h. Autovec takes the plain loop. Tokens are an
 * inner loop; sharing the table words among them saves loads, but the multiplications bind. */
#include "gemv/panel_generic.h"

TK_KERNEL(gemm_b2x__generic, .layout = &tk_layout_b2x, .step = B2X_ROWS, .step_k = PANEL_COLUMNS,
          .reject = panel_reject, .scratch = AUTOVEC ? NULL : wide_scratch, .prepare = AUTOVEC ? NULL : widen,
          .run = AUTOVEC ? b2x_plain_run : b2x_product_run,
          .note = AUTOVEC ? "plain loop for the vectoriser" : "plain C: 4 rows per 64-bit multiplication");
