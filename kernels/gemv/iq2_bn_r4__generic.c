/* IQ2_BN_R4 x int8 in plain C: see gemv/iq2_bn_r4_generic.h. */
#include "gemv/iq2_bn_r4_generic.h"

TK_KERNEL(gemv_iq2_bn_r4__generic, IQ2_BN_R4_GENERIC);
