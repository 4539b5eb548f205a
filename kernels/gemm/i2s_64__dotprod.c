/* I2_S in groups of 64 x int8 for several tokens with SDOT; tokens are an inner loop: the layout is in
 * layouts/i2s_64.h, the loop in gemv/codes2_dotprod.h. */
#include "layouts/i2s_64.h"

#include "gemv/codes2_dotprod.h"

TK_KERNEL(gemm_i2s_64__dotprod, CODES2_DOTPROD);
