/* b3x4 x int8 for several tokens by look-up in byte tables: gemv/b3x4_avx512.h. A pair of tokens shares the
 * load of an index; their tables of a chunk are 16 KiB of the L1. While a chunk's tiles are looked up the next
 * chunk comes from memory into the L2, a few lines an index, so that weights in memory cost hardly more than
 * hot ones: on Zen 4 2, 4 and 8 tokens of 2560 x 2560 take 71, 106 and 196 us for 125, 167 and 258 without. */
#include "gemv/b3x4_avx512.h"

TK_KERNEL(gemm_b3x4__avx512vbmi, .layout = &tk_layout_b3x4, .step = B3X4_ROWS, .step_k = B3X4_COLUMNS,
          .reject = panel_reject, .run = run,
          .note = "four weights an index into tables of bytes: 256 products for two permutes");
