/* b3 x int8 for several tokens with VPMADDUBSW: decoding is in gemm/b3_avx2.h, the loop in
 * gemm/panels_avx2.h. */
#include "gemm/b3_avx2.h"

TK_KERNEL(gemm_b3__avx2, .layout = &tk_layout_b3, PANELS_AVX2);
