/* Q2_0 x int8 with SDOT: the layout is in layouts/q2_0.h, the loop in gemv/codes2_dotprod.h. */
#include "layouts/q2_0.h"

#include "gemv/codes2_dotprod.h"

TK_KERNEL(gemv_q2_0__dotprod, CODES2_DOTPROD);
