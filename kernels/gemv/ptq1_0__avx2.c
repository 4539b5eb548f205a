/* PTQ1_0 x int8 with VPMADDUBSW: the layout is in layouts/ptq1_0.h, the loop in gemv/trits_avx2.h. */
#include "layouts/ptq1_0.h"

#include "gemv/trits_avx2.h"

TK_KERNEL(gemv_ptq1_0__avx2, TRITS_AVX2);
