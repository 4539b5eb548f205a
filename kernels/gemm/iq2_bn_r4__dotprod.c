/* IQ2_BN_R4 x int8 for several tokens with SDOT; tokens are an inner loop: see gemv/iq2_bn_r4_dotprod.h. */
#include "gemv/iq2_bn_r4_dotprod.h"

TK_KERNEL(gemm_iq2_bn_r4__dotprod, IQ2_BN_R4_DOTPROD);
