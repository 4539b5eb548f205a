/* QK256 x int8 for several tokens with VPMADDUBSW; tokens are an inner loop: the layout is in layouts/qk256.h,
 * the loop in gemv/codes2_avx2.h. */
#include "layouts/qk256.h"

#include "gemv/codes2_avx2.h"

TK_KERNEL(gemm_qk256__avx2, CODES2_AVX2);
