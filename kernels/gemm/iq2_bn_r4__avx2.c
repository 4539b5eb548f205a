/* IQ2_BN_R4 x int8 for several tokens with VPMADDUBSW; tokens are an inner loop: see gemv/iq2_bn_r4_avx2.h. */
#include "gemv/iq2_bn_r4_avx2.h"

TK_KERNEL(gemm_iq2_bn_r4__avx2, IQ2_BN_R4_AVX2);
