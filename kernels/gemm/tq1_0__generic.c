/* TQ1_0 x int8 for several tokens in plain C: the layout is in layouts/tq1_0.h, the loop in
 * gemv/trits_generic.h. */
#include "layouts/tq1_0.h"

#include "gemv/trits_generic.h"

TK_KERNEL(gemm_tq1_0__generic, TRITS_GENERIC);
