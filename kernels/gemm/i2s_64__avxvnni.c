/* I2_S in groups of 64 x int8 for several tokens with 256-bit VPDPBUSD: the layout is in layouts/i2s_64.h,
 * decoding in gemm/codes2_avx2.h, the loop in gemm/rows_avx2.h. */
#include "layouts/i2s_64.h"

#include "gemm/codes2_avx2.h"

TK_KERNEL(gemm_i2s_64__avxvnni, CODES2_AVX2);
