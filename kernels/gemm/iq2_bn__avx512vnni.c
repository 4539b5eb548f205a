/* IQ2_BN x int8 for several tokens with 512-bit VPDPBUSD: the layout is in layouts/iq2_bn.h, the loop in
 * gemm/codes2_avx512.h. */
#include "layouts/iq2_bn.h"

#include "gemm/codes2_avx512.h"

TK_KERNEL(gemm_iq2_bn__avx512vnni, CODES2_AVX512);
