/* STQ1_0 x int8 in plain C: the layout is in layouts/stq1_0.h, its codes in gemv/stq1_0_generic.h, the
 * loop in gemv/codes2_generic.h. */
#include "gemv/stq1_0_generic.h"

#include "gemv/codes2_generic.h"

TK_KERNEL(gemv_stq1_0__generic, CODES2_GENERIC);
