/* IQ2_BN_R4 x int8 with SDOT: see gemv/iq2_bn_r4_dotprod.h. */
#include "gemv/iq2_bn_r4_dotprod.h"

TK_KERNEL(gemv_iq2_bn_r4__dotprod, IQ2_BN_R4_DOTPROD);
