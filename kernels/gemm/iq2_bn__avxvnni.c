/* IQ2_BN x int8 for several tokens with 256-bit VPDPBUSD: the layout is in layouts/iq2_bn.h, decoding in
 * gemm/codes2_avx2.h, the loop in gemm/rows_avx2.h. */
#include "layouts/iq2_bn.h"

#include "gemm/codes2_avx2.h"

TK_KERNEL(gemm_iq2_bn__avxvnni, CODES2_AVX2);
