/* TQ1_0 x int8 for several tokens with SMLAL: the decoding is in gemm/tq1_0_neon.h, the loop in
 * gemm/rows_neon.h. */
#include "gemm/mul_neon.h"

#include "gemm/tq1_0_neon.h"

TK_KERNEL(gemm_tq1_0__neon, TQ1_0_NEON);
