/* I2_S in groups of 64 x int8 in plain C: the layout is in layouts/i2s_64.h, the loop in gemv/codes2_generic.h.
 */
#include "layouts/i2s_64.h"

#include "gemv/codes2_generic.h"

TK_KERNEL(gemv_i2s_64__generic, CODES2_GENERIC);
