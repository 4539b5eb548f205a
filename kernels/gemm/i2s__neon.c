/* I2_S x int8 for several tokens with SMLAL: the decoding is in gemm/i2s_neon.h, the loop in gemm/rows_neon.h.
 */
#include "gemm/mul_neon.h"

#include "gemm/i2s_neon.h"

TK_KERNEL(gemm_i2s__neon, I2S_NEON);
