/* TQ2_0 x int8 for several tokens with AMX tiles: the layout is in layouts/tq2_0.h, the loop in
 * gemm/codes2_amx.h. */
#include "layouts/tq2_0.h"

#include "gemm/codes2_amx.h"

TK_KERNEL(gemm_tq2_0__amx, CODES2_AMX);
