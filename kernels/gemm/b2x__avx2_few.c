/* b2x x int8 for a few tokens with VPMADDUBSW; tokens are an inner loop: see gemv/b2x_avx2.h. */
#include "gemv/b2x_avx2.h"

TK_KERNEL(gemm_b2x__avx2_few, B2X_AVX2);
