/* I2_S x int8 (i2s_avx512.h): lines are asked for in their order in memory, which is not that of four rows,
 * twice: 12 KiB ahead into the L2, 6 KiB ahead into the L1. Emerald Rapids class, 6912x2560 from memory, GMAC/s
 * on one and two threads: 64.6 / 125.9; the L1 alone 54.3 / 106.4, each row's own prefetches into the L2 57.7 /
 * 111.7, and into the L1 besides 61.8 / 120.1. Distances of 4 and 8, 12, 16 KiB: 64 / 125; 2 and 8 KiB 63 /
 * 124.
 */
#include "gemv/gemv_tmpl.h"

#include <immintrin.h>

static inline void row_ahead(const uint8_t *w) {
    (void)w;
}
/* Said to be inlined: GCC 12 drops calls of a function that only prefetches, unless it is inlined early. */
__attribute__((always_inline)) static inline void panel_ahead(const uint8_t *w) {
    for (size_t line = 0; line < 4; line++) {
        _mm_prefetch((const char *)w + 12288 + 64 * line, _MM_HINT_T1);
        _mm_prefetch((const char *)w + 6144 + 64 * line, _MM_HINT_T0);
    }
}

#include "gemv/i2s_avx512.h"

TK_KERNEL(gemv_i2s__avx512vnni_staged, I2S_AVX512, .reject = gemv_reject, .run = run,
          .note = "as the one without _staged, prefetch in order, into the L2, then the L1");
