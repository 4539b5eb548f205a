/* IQ1_BN x int8 for several tokens with 512-bit VPDPBUSD: the layout is in layouts/iq1_bn.h, the loop in
 * gemm/trits_avx512.h. */
#include "layouts/iq1_bn.h"

#include "gemm/trits_avx512.h"

TK_KERNEL(gemm_iq1_bn__avx512vnni, TRITS_AVX512);
