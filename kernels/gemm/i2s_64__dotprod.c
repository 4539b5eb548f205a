/* I2_S in groups of 64 x int8 for several tokens with SDOT: the decoding is in gemm/codes2_neon.h, the loop in
 * gemm/rows_neon.h. */
#include "layouts/i2s_64.h"

#include "gemm/mul_dotprod.h"

#include "gemm/codes2_neon.h"

TK_KERNEL(gemm_i2s_64__dotprod, CODES2_NEON);
