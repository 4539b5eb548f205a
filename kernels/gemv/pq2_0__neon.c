/* PQ2_0 x int8 for every AArch64: the layout is in layouts/pq2_0.h, the loop in gemv/codes2_neon.h. */
#include "layouts/pq2_0.h"

#include "gemv/codes2_neon.h"

TK_KERNEL(gemv_pq2_0__neon, CODES2_NEON);
