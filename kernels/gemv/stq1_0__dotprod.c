/* STQ1_0 x int8 with SDOT: the layout is in layouts/stq1_0.h, its codes in gemv/stq1_0_neon.h, the
 * loop in gemv/codes2_dotprod.h. */
#include "gemv/stq1_0_neon.h"

#include "gemv/codes2_dotprod.h"

TK_KERNEL(gemv_stq1_0__dotprod, CODES2_DOTPROD);
