/* The 4-row order of I2_S x int8 for several tokens in plain C; tokens are an inner loop: see
 * gemv/i2s_r4_generic.h. */
#include "gemv/i2s_r4_generic.h"

TK_KERNEL(gemm_i2s_r4__generic, I2S_R4_GENERIC);
