/* I2_S x int8 (i2s_avx512.h): lines are asked for in their order in memory, which is not that of four rows,
 * into the L1. For Zen 5: 6912x2560 from memory on one thread at 37.7 GB/s of 42 that it can read; 36 with the
 * L2; 33 with each row's own prefetches into the L2, 35 into the L1. From the L3 102 GB/s for 69. Also tried:
 * 4, 5, 6, 10, 12 KiB ahead. */
#include "gemv/gemv_tmpl.h"

#include <immintrin.h>

static inline void row_ahead(const uint8_t *w) {
    (void)w;
}
/* Said to be inlined: GCC 12 drops calls of a function that only prefetches, unless it is inlined early. */
__attribute__((always_inline)) static inline void panel_ahead(const uint8_t *w) {
    for (size_t line = 0; line < 4; line++)
        _mm_prefetch((const char *)w + 8192 + 64 * line, _MM_HINT_T0);
}

#include "gemv/i2s_avx512.h"

TK_KERNEL(gemv_i2s__avx512vnni_l1, I2S_AVX512, .reject = gemv_reject, .run = run,
          .note = "as the one without _l1, prefetch in order, into the L1");
