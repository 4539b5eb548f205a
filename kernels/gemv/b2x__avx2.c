/* b2x x int8 with VPMADDUBSW: see gemv/b2x_avx2.h. */
#include "gemv/b2x_avx2.h"

TK_KERNEL(gemv_b2x__avx2, B2X_AVX2);
