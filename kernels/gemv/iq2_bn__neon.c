/* IQ2_BN x int8 for every AArch64: the layout is in layouts/iq2_bn.h, the loop in gemv/codes2_neon.h. */
#include "layouts/iq2_bn.h"

#include "gemv/codes2_neon.h"

TK_KERNEL(gemv_iq2_bn__neon, CODES2_NEON);
