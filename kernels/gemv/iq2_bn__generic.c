/* IQ2_BN x int8 in plain C: the layout is in layouts/iq2_bn.h, the loop in gemv/codes2_generic.h. */
#include "layouts/iq2_bn.h"

#include "gemv/codes2_generic.h"

TK_KERNEL(gemv_iq2_bn__generic, CODES2_GENERIC);
