/* QK256 x int8 in plain C: the layout is in layouts/qk256.h, the loop in gemv/codes2_generic.h. */
#include "layouts/qk256.h"

#include "gemv/codes2_generic.h"

TK_KERNEL(gemv_qk256__generic, CODES2_GENERIC);
