/* I2_S x int8 for several tokens with 256-bit VPDPBUSD: decoding is in gemm/i2s_avx2.h, the loop in
 * gemm/rows_avx2.h. */
#include "gemm/i2s_avx2.h"

TK_KERNEL(gemm_i2s__avxvnni, I2S_AVX2);
