/* The 4-row order of I2_S x int8 with VPMADDUBSW: see gemv/i2s_r4_avx2.h. */
#include "gemv/i2s_r4_avx2.h"

TK_KERNEL(gemv_i2s_r4__avx2, I2S_R4_AVX2);
