/* IQ2_BN_R4 x int8 with VPMADDUBSW: see gemv/iq2_bn_r4_avx2.h. */
#include "gemv/iq2_bn_r4_avx2.h"

TK_KERNEL(gemv_iq2_bn_r4__avx2, IQ2_BN_R4_AVX2);
