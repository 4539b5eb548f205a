/* STQ1_0 x int8 for several tokens with SMLAL: the decoding is in gemm/codes2_neon.h and gemv/stq1_0_neon.h,
 * the loop in gemm/rows_neon.h. */
#include "gemv/stq1_0_neon.h"

#include "gemm/mul_neon.h"

#include "gemm/codes2_neon.h"

TK_KERNEL(gemm_stq1_0__neon, CODES2_NEON);
