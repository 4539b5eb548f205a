/* PTQ1_0 x int8 for several tokens with 512-bit VPDPBUSD: the layout is in layouts/ptq1_0.h, the loop in
 * gemm/trits_avx512.h. */
#include "layouts/ptq1_0.h"

#include "gemm/trits_avx512.h"

TK_KERNEL(gemm_ptq1_0__avx512vnni, TRITS_AVX512);
