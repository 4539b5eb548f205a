/* b3 x int8 with VPERMB and VPDPBUSD, four panels at once: decoded as b3_avx512.h says, streamed as
 * streams_avx512.h.
 *
 * Emerald Rapids class, 2560x2560, cold, medians of one interleaved run, GB/s on one and two threads: one
 * stream 9.9 / 19.3, two 10.5 / 20.9, four 10.9 / 21.6, eight streams that are only read 12.3 / 23.4. Prefetch
 * into L2 10.3 / 20.3, NTA 7.4 / 14.7, none 9.5 / 18.4. From L2 3 % more than one stream. */
#include "gemv/b3_streams_avx512.h"

TK_KERNEL(gemv_b3__avx512vbmi_streams, .layout = &tk_layout_b3, STREAMS_AVX512);
