/* The 4-row order of I2_S x int8 with SDOT: see gemv/i2s_r4_dotprod.h. */
#include "gemv/i2s_r4_dotprod.h"

TK_KERNEL(gemv_i2s_r4__dotprod, I2S_R4_DOTPROD);
