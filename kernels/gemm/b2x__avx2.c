/* b2x x int8 for several tokens with VPMADDUBSW: decoding is in gemm/b2x_avx2.h, the loop in
 * gemm/panels_avx2.h. */
#include "gemm/b2x_avx2.h"

TK_KERNEL(gemm_b2x__avx2, .layout = &tk_layout_b2x, PANELS_AVX2);
