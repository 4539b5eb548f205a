/* PQ2_0 x int8 with VPMADDUBSW: the layout is in layouts/pq2_0.h, the loop in gemv/codes2_avx2.h. */
#include "layouts/pq2_0.h"

#include "gemv/codes2_avx2.h"

TK_KERNEL(gemv_pq2_0__avx2, CODES2_AVX2);
