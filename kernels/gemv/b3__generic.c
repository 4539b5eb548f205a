/* b3 x int8 in plain C: a table spreads a byte's five codes over a word, one 64-bit multiplication gives all
 * five products: panel_generic.h. Autovec is the same: for the vectoriser a plain loop that decodes by
 * comparisons was 40 times slower. */
#include "gemv/panel_generic.h"

static uint64_t spread(unsigned byte) {
    const unsigned low = byte % 28, code[5] = {low % 9 % 3, low % 9 / 3, low / 9, byte % 84 / 28, byte / 84};
    uint64_t word = 0;
    for (size_t f = 0; f < 5; f++)
        word |= (uint64_t)code[f] << f * FIELD;
    return word;
}

static void run(const tk_args *a) {
    uint64_t table[BYTES];
    for (unsigned byte = 0; byte < BYTES; byte++)
        table[byte] = spread(byte);
    product_run(a, B3_ROWS, table);
}

TK_KERNEL(gemv_b3__generic, .layout = &tk_layout_b3, .step = B3_ROWS, .step_k = PANEL_COLUMNS,
          .reject = panel_reject, .scratch = wide_scratch, .prepare = widen, .run = run,
          .note = "plain C: 5 rows per 64-bit multiplication");
