/* QK256 x int8 for several tokens with AMX tiles: the layout is in layouts/qk256.h, the loop in
 * gemm/codes2_amx.h. */
#include "layouts/qk256.h"

#include "gemm/codes2_amx.h"

TK_KERNEL(gemm_qk256__amx, CODES2_AMX);
