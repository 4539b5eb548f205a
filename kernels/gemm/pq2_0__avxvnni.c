/* PQ2_0 x int8 for several tokens with 256-bit VPDPBUSD: the layout is in layouts/pq2_0.h, decoding in
 * gemm/codes2_avx2.h, the loop in gemm/rows_avx2.h. */
#include "layouts/pq2_0.h"

#include "gemm/codes2_avx2.h"

TK_KERNEL(gemm_pq2_0__avxvnni, CODES2_AVX2);
