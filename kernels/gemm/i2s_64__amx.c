/* I2_S in groups of 64 x int8 for several tokens with AMX tiles: the layout is in layouts/i2s_64.h, the loop in
 * gemm/codes2_amx.h. */
#include "layouts/i2s_64.h"

#include "gemm/codes2_amx.h"

TK_KERNEL(gemm_i2s_64__amx, CODES2_AMX);
