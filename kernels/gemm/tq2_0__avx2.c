/* TQ2_0 x int8 for several tokens with VPMADDUBSW: the layout is in layouts/tq2_0.h, decoding in
 * gemm/codes2_avx2.h, the loop in gemm/rows_avx2.h. */
#include "layouts/tq2_0.h"

#include "gemm/codes2_avx2.h"

TK_KERNEL(gemm_tq2_0__avx2, CODES2_AVX2);
