/* QK256 x int8 for several tokens with 512-bit VPDPBUSD: the layout is in layouts/qk256.h, the loop in
 * gemm/codes2_avx512.h. */
#include "layouts/qk256.h"

#include "gemm/codes2_avx512.h"

TK_KERNEL(gemm_qk256__avx512vnni, CODES2_AVX512);
