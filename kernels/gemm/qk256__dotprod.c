/* QK256 x int8 for several tokens with SDOT; tokens are an inner loop: the layout is in layouts/qk256.h, the
 * loop in gemv/codes2_dotprod.h. */
#include "layouts/qk256.h"

#include "gemv/codes2_dotprod.h"

TK_KERNEL(gemm_qk256__dotprod, CODES2_DOTPROD);
