/* I2_S in groups of 64 x int8 with SDOT: the layout is in layouts/i2s_64.h, the loop in gemv/codes2_dotprod.h.
 */
#include "layouts/i2s_64.h"

#include "gemv/codes2_dotprod.h"

TK_KERNEL(gemv_i2s_64__dotprod, CODES2_DOTPROD);
