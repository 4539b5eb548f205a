/* b2x x int8 for several tokens with SMLAL: the decoding is in gemm/b2x_neon.h, the loop in gemm/rows_neon.h.
 */
#include "gemm/mul_neon.h"

#include "gemm/b2x_neon.h"

TK_KERNEL(gemm_b2x__neon, B2X_NEON);
