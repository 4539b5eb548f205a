/* IQ1_BN x int8 in plain C: the layout is in layouts/iq1_bn.h, the loop in gemv/trits_generic.h. */
#include "layouts/iq1_bn.h"

#include "gemv/trits_generic.h"

TK_KERNEL(gemv_iq1_bn__generic, TRITS_GENERIC);
