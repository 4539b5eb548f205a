/* IQ2_BN_R4 x int8 for several tokens in plain C; tokens are an inner loop: see gemv/iq2_bn_r4_generic.h. */
#include "gemv/iq2_bn_r4_generic.h"

TK_KERNEL(gemm_iq2_bn_r4__generic, IQ2_BN_R4_GENERIC);
