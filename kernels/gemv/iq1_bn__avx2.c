/* IQ1_BN x int8 with VPMADDUBSW: the layout is in layouts/iq1_bn.h, the loop in gemv/trits_avx2.h. */
#include "layouts/iq1_bn.h"

#include "gemv/trits_avx2.h"

TK_KERNEL(gemv_iq1_bn__avx2, TRITS_AVX2);
