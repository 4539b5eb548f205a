/* STQ1_0 x int8 for several tokens with 256-bit VPDPBUSD: the layout is in layouts/stq1_0.h, decoding in
 * gemm/codes2_avx2.h, the loop in gemm/rows_avx2.h. */
#include "gemv/stq1_0_avx2.h"

#include "gemm/codes2_avx2.h"

TK_KERNEL(gemm_stq1_0__avxvnni, CODES2_AVX2);
