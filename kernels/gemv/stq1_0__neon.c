/* STQ1_0 x int8 for every AArch64: the layout is in layouts/stq1_0.h, its codes in gemv/stq1_0_neon.h, the loop
 * in gemv/codes2_neon.h. */
#include "gemv/stq1_0_neon.h"

#include "gemv/codes2_neon.h"

TK_KERNEL(gemv_stq1_0__neon, CODES2_NEON);
