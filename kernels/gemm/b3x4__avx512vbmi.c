/* b3x4 x int8 for several tokens by look-up in byte tables: gemv/b3x4_avx512.h. A pair of tokens shares the
 * load of an index; their tables of a chunk are 16 KiB of the L1. */
#include "gemv/b3x4_avx512.h"

TK_KERNEL(gemm_b3x4__avx512vbmi, .layout = &tk_layout_b3x4, .step = B3X4_ROWS, .step_k = B3X4_COLUMNS,
          .reject = panel_reject, .run = run,
          .note = "four weights an index into tables of bytes: 256 products for two permutes");
