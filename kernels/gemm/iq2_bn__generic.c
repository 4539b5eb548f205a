/* IQ2_BN x int8 for several tokens in plain C; tokens are an inner loop: the layout is in layouts/iq2_bn.h, the
 * loop in gemv/codes2_generic.h. */
#include "layouts/iq2_bn.h"

#include "gemv/codes2_generic.h"

TK_KERNEL(gemm_iq2_bn__generic, CODES2_GENERIC);
