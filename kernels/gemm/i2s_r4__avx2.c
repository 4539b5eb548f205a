/* The 4-row order of I2_S x int8 for several tokens with VPMADDUBSW; tokens are an inner loop: see
 * gemv/i2s_r4_avx2.h. */
#include "gemv/i2s_r4_avx2.h"

TK_KERNEL(gemm_i2s_r4__avx2, I2S_R4_AVX2);
