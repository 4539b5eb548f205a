/* TQ1_0 x int8 with VPMADDUBSW: the layout is in layouts/tq1_0.h, the loop in gemv/trits_avx2.h. */
#include "layouts/tq1_0.h"

#include "gemv/trits_avx2.h"

TK_KERNEL(gemv_tq1_0__avx2, TRITS_AVX2);
