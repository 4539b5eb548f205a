/* I2_S in groups of 64 x int8 for several tokens in plain C; tokens are an inner loop: the layout is in
 * layouts/i2s_64.h, the loop in gemv/codes2_generic.h. */
#include "layouts/i2s_64.h"

#include "gemv/codes2_generic.h"

TK_KERNEL(gemm_i2s_64__generic, CODES2_GENERIC);
