/* QK256 x int8 with SDOT: the layout is in layouts/qk256.h, the loop in gemv/codes2_dotprod.h. */
#include "layouts/qk256.h"

#include "gemv/codes2_dotprod.h"

TK_KERNEL(gemv_qk256__dotprod, CODES2_DOTPROD);
