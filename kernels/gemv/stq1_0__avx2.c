/* STQ1_0 x int8 with VPMADDUBSW: the layout is in layouts/stq1_0.h, its codes in gemv/stq1_0_avx2.h, the
 * loop in gemv/codes2_avx2.h. */
#include "gemv/stq1_0_avx2.h"

#include "gemv/codes2_avx2.h"

TK_KERNEL(gemv_stq1_0__avx2, CODES2_AVX2);
