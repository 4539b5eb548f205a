/* PQ2_0 x int8 for several tokens with AMX tiles: the layout is in layouts/pq2_0.h, the loop in
 * gemm/codes2_amx.h. */
#include "layouts/pq2_0.h"

#include "gemm/codes2_amx.h"

TK_KERNEL(gemm_pq2_0__amx, CODES2_AMX);
