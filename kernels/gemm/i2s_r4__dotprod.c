/* The 4-row order of I2_S x int8 for several tokens with SDOT; tokens are an inner loop: see
 * gemv/i2s_r4_dotprod.h. */
#include "gemv/i2s_r4_dotprod.h"

TK_KERNEL(gemm_i2s_r4__dotprod, I2S_R4_DOTPROD);
