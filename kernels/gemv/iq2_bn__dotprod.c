/* IQ2_BN x int8 with SDOT: the layout is in layouts/iq2_bn.h, the loop in gemv/codes2_dotprod.h. */
#include "layouts/iq2_bn.h"

#include "gemv/codes2_dotprod.h"

TK_KERNEL(gemv_iq2_bn__dotprod, CODES2_DOTPROD);
