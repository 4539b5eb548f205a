/* PQ2_0 x int8 with SDOT: the layout is in layouts/pq2_0.h, the loop in gemv/codes2_dotprod.h. */
#include "layouts/pq2_0.h"

#include "gemv/codes2_dotprod.h"

TK_KERNEL(gemv_pq2_0__dotprod, CODES2_DOTPROD);
