/* I2_S in groups of 64 x int8 with 512-bit VPDPBUSD: the layout is in layouts/i2s_64.h, the loop in
 * gemv/codes2_avx512.h. */
#include "layouts/i2s_64.h"

#include "gemv/codes2_avx512.h"

TK_KERNEL(gemv_i2s_64__avx512vnni, CODES2_AVX512);
