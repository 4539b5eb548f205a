/* b3 x int8 for several tokens with SMLAL: the decoding is in gemm/b3_neon.h, the loop in gemm/rows_neon.h. */
#include "gemm/mul_neon.h"

#include "gemm/b3_neon.h"

TK_KERNEL(gemm_b3__neon, B3_NEON);
