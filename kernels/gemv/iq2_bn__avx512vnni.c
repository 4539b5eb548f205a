/* IQ2_BN x int8 with 512-bit VPDPBUSD: the layout is in layouts/iq2_bn.h, the loop in gemv/codes2_avx512.h. */
#include "layouts/iq2_bn.h"

#include "gemv/codes2_avx512.h"

TK_KERNEL(gemv_iq2_bn__avx512vnni, CODES2_AVX512);
