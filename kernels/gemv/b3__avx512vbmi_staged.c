/* b3 as b3__avx512vbmi_streams.c, with a prefetch into the L2 before that into the L1 (streams_avx512.h). */
#define STREAMS_STAGED
#include "gemv/b3_streams_avx512.h"

TK_KERNEL(gemv_b3__avx512vbmi_staged, .layout = &tk_layout_b3, STREAMS_AVX512);
