/* I2_S in groups of 64 x int8 with VPMADDUBSW: the layout is in layouts/i2s_64.h, the loop in
 * gemv/codes2_avx2.h. */
#include "layouts/i2s_64.h"

#include "gemv/codes2_avx2.h"

TK_KERNEL(gemv_i2s_64__avx2, CODES2_AVX2);
