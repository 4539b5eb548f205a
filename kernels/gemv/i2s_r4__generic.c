/* The 4-row order of I2_S x int8 in plain C: see gemv/i2s_r4_generic.h. */
#include "gemv/i2s_r4_generic.h"

TK_KERNEL(gemv_i2s_r4__generic, I2S_R4_GENERIC);
