/* PQ2_0 x int8 for several tokens in plain C; tokens are an inner loop: the layout is in layouts/pq2_0.h, the
 * loop in gemv/codes2_generic.h. */
#include "layouts/pq2_0.h"

#include "gemv/codes2_generic.h"

TK_KERNEL(gemm_pq2_0__generic, CODES2_GENERIC);
