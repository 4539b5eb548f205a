/* QK256 x int8 for several tokens in plain C; tokens are an inner loop: the layout is in layouts/qk256.h, the
 * loop in gemv/codes2_generic.h. */
#include "layouts/qk256.h"

#include "gemv/codes2_generic.h"

TK_KERNEL(gemm_qk256__generic, CODES2_GENERIC);
