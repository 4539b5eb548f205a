/* b2x x int8 with 512-bit VPDPBUSD, four panels at once: the products are those of b2x__avx512vnni.c, the
 * streams those of streams_avx512.h.
 *
 * Emerald Rapids class, 2560x2560, cold, two threads, medians of one interleaved run: one stream 24.5 GB/s, two
 * 25.6, four 25.9. From L2 it is as fast as one stream. */
#include "gemv/b2x_streams_avx512.h"

TK_KERNEL(gemv_b2x__avx512vnni_streams, .layout = &tk_layout_b2x, STREAMS_AVX512);
