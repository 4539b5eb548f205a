/* b3x4 x int8 by look-up in byte tables: b3x4_avx512.h. For weights in the L2 or L3, where VPDPBUSD and not the
 * memory is what limits the others: one stream without a prefetch. Of the time at 2560 x 2560 on Zen 4 the
 * look-ups take 80 %, at 80 products a cycle, tables 10 %, additions to y 10 %. */
#include "gemv/b3x4_avx512.h"

TK_KERNEL(gemv_b3x4__avx512vbmi, .layout = &tk_layout_b3x4, .step = B3X4_ROWS, .step_k = B3X4_COLUMNS,
          .reject = panel_reject, .run = run,
          .note = "four weights an index into tables of bytes: 256 products for two permutes");
