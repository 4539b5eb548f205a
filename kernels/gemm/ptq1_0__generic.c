/* PTQ1_0 x int8 for several tokens in plain C: the layout is in layouts/ptq1_0.h, the loop in
 * gemv/trits_generic.h. */
#include "layouts/ptq1_0.h"

#include "gemv/trits_generic.h"

TK_KERNEL(gemm_ptq1_0__generic, TRITS_GENERIC);
