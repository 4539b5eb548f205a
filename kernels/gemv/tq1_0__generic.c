/* TQ1_0 x int8 in plain C: the layout is in layouts/tq1_0.h, the loop in gemv/trits_generic.h. */
#include "layouts/tq1_0.h"

#include "gemv/trits_generic.h"

TK_KERNEL(gemv_tq1_0__generic, TRITS_GENERIC);
