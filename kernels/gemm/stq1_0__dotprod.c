/* STQ1_0 x int8 for several tokens with SDOT: the layout is in layouts/stq1_0.h, its codes in
 * gemv/stq1_0_neon.h, the loop in gemv/codes2_dotprod.h. */
#include "gemv/stq1_0_neon.h"

#include "gemv/codes2_dotprod.h"

TK_KERNEL(gemm_stq1_0__dotprod, CODES2_DOTPROD);
