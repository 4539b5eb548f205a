/* PQ2_0 x int8 with 512-bit VPDPBUSD: the layout is in layouts/pq2_0.h, the loop in gemv/codes2_avx512.h. */
#include "layouts/pq2_0.h"

#include "gemv/codes2_avx512.h"

TK_KERNEL(gemv_pq2_0__avx512vnni, CODES2_AVX512);
