/* QK256 x int8 with 512-bit VPDPBUSD: the layout is in layouts/qk256.h, the loop in gemv/codes2_avx512.h. */
#include "layouts/qk256.h"

#include "gemv/codes2_avx512.h"

TK_KERNEL(gemv_qk256__avx512vnni, CODES2_AVX512);
