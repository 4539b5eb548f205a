/* PTQ1_0 x int8 with 512-bit VPDPBUSD: the layout is in layouts/ptq1_0.h, the loop in gemv/trits_avx512.h. */
#include "layouts/ptq1_0.h"

#include "gemv/trits_avx512.h"

TK_KERNEL(gemv_ptq1_0__avx512vnni, TRITS_AVX512);
