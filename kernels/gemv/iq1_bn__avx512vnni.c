/* IQ1_BN x int8 with 512-bit VPDPBUSD: the layout is in layouts/iq1_bn.h, the loop in gemv/trits_avx512.h. */
#include "layouts/iq1_bn.h"

#include "gemv/trits_avx512.h"

TK_KERNEL(gemv_iq1_bn__avx512vnni, TRITS_AVX512);
