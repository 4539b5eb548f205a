/* I2_S in groups of 64 x int8 for several tokens with 512-bit VPDPBUSD: the layout is in layouts/i2s_64.h, the
 * loop in gemm/codes2_avx512.h. */
#include "layouts/i2s_64.h"

#include "gemm/codes2_avx512.h"

TK_KERNEL(gemm_i2s_64__avx512vnni, CODES2_AVX512);
