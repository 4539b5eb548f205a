/* PQ2_0 x int8 for several tokens with SDOT: the decoding is in gemm/codes2_neon.h, the loop in
 * gemm/rows_neon.h. */
#include "layouts/pq2_0.h"

#include "gemm/mul_dotprod.h"

#include "gemm/codes2_neon.h"

TK_KERNEL(gemm_pq2_0__dotprod, CODES2_NEON);
