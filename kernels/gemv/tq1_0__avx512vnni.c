/* TQ1_0 x int8 with 512-bit VPDPBUSD: the layout is in layouts/tq1_0.h, the loop in gemv/trits_avx512.h. */
#include "layouts/tq1_0.h"

#include "gemv/trits_avx512.h"

TK_KERNEL(gemv_tq1_0__avx512vnni, TRITS_AVX512);
