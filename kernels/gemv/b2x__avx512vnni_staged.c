/* b2x as b2x__avx512vnni_streams.c, with a prefetch into the L2 before that into the L1 (streams_avx512.h). */
#define STREAMS_STAGED
#include "gemv/b2x_streams_avx512.h"

TK_KERNEL(gemv_b2x__avx512vnni_staged, .layout = &tk_layout_b2x, STREAMS_AVX512);
