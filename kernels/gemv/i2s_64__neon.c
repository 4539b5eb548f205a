/* I2_S in groups of 64 x int8 for every AArch64: the layout is in layouts/i2s_64.h, the loop in
 * gemv/codes2_neon.h. */
#include "layouts/i2s_64.h"

#include "gemv/codes2_neon.h"

TK_KERNEL(gemv_i2s_64__neon, CODES2_NEON);
