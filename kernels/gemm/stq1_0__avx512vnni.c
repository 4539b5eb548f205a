/* STQ1_0 x int8 for several tokens with 512-bit VPDPBUSD: the layout is in layouts/stq1_0.h, its codes in
 * gemv/stq1_0_avx512.h, the loop in gemm/codes2_avx512.h. */
#include "gemv/stq1_0_avx512.h"

#include "gemm/codes2_avx512.h"

TK_KERNEL(gemm_stq1_0__avx512vnni, CODES2_AVX512);
