/* b2x x int8 in plain C: a table spreads a byte's four codes over a word, one 64-bit multiplication gives all
 * four products: panel_generic.h. Autovec takes the plain loop.
 * Tried and lost: products of codes of two rows and two columns as digits in base 2^16, as in i2s__generic.c:
 * no table, but twice the masks and shifts. */
#include "gemv/panel_generic.h"

TK_KERNEL(gemv_b2x__generic, .layout = &tk_layout_b2x, .step = B2X_ROWS, .step_k = PANEL_COLUMNS,
          .reject = panel_reject, .scratch = AUTOVEC ? NULL : wide_scratch, .prepare = AUTOVEC ? NULL : widen,
          .run = AUTOVEC ? b2x_plain_run : b2x_product_run,
          .note = AUTOVEC ? "plain loop for the vectoriser" : "plain C: 4 rows per 64-bit multiplication");
