/* I2_S in groups of 64 x int8 for several tokens with VPMADDUBSW; tokens are an inner loop: the layout is in
 * layouts/i2s_64.h, the loop in gemv/codes2_avx2.h. */
#include "layouts/i2s_64.h"

#include "gemv/codes2_avx2.h"

TK_KERNEL(gemm_i2s_64__avx2, CODES2_AVX2);
