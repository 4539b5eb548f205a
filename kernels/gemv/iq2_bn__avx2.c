/* IQ2_BN x int8 with VPMADDUBSW: the layout is in layouts/iq2_bn.h, the loop in gemv/codes2_avx2.h. */
#include "layouts/iq2_bn.h"

#include "gemv/codes2_avx2.h"

TK_KERNEL(gemv_iq2_bn__avx2, CODES2_AVX2);
