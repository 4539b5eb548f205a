/* PQ2_0 x int8 in plain C: the layout is in layouts/pq2_0.h, the loop in gemv/codes2_generic.h. */
#include "layouts/pq2_0.h"

#include "gemv/codes2_generic.h"

TK_KERNEL(gemv_pq2_0__generic, CODES2_GENERIC);
