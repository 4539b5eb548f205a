/* IQ2_BN x int8 for several tokens with AMX tiles: the layout is in layouts/iq2_bn.h, the loop in
 * gemm/codes2_amx.h. */
#include "layouts/iq2_bn.h"

#include "gemm/codes2_amx.h"

TK_KERNEL(gemm_iq2_bn__amx, CODES2_AMX);
