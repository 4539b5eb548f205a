/* IQ2_BN x int8 for several tokens with VPMADDUBSW; tokens are an inner loop: the layout is in
 * layouts/iq2_bn.h, the loop in gemv/codes2_avx2.h. */
#include "layouts/iq2_bn.h"

#include "gemv/codes2_avx2.h"

TK_KERNEL(gemm_iq2_bn__avx2, CODES2_AVX2);
