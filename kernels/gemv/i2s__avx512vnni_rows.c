/* I2_S x int8 (i2s_avx512.h), one row after the other. For Zen 4, where memory read in order comes faster.
 * Medians of 31 interleaved rounds, GMAC/s from memory on one and two threads:
 *
 *   2B-4T shape   four rows at once   6 KiB ahead   8 KiB       12 KiB      b2x
 *   6912x2560     100 / 120           109 / 130     111 / 121   113 / 121   115 / 131
 *   2560x6912     102 / 125           109 / 130     111 / 120   104 / 118   116 / 130
 *   2560x2560     90 / 116            104 / 125     108 / 121   102 / 117   111 / 129
 *
 * Into the L2: into the L1 it reads 40 to 44, at any distance. From the L2 it is slower: 142 for 172. With half
 * a step at the end of each row too (K = 3200, from memory: 47 for 59), which is refused. */
#define ROW_BY_ROW
#include "gemv/gemv_tmpl.h"

#include <immintrin.h>

/* Said to be inlined: GCC 12 drops calls of a function that only prefetches, unless it is inlined early. */
__attribute__((always_inline)) static inline void row_ahead(const uint8_t *w) {
    _mm_prefetch((const char *)w + 6144, _MM_HINT_T1);
}

#include "gemv/i2s_avx512.h"

static const char *reject(tk_shape s) {
    return s.k % PAIR ? "K is no multiple of 256: half a step at each row's end is slow row by row"
                      : gemv_reject(s);
}

TK_KERNEL(gemv_i2s__avx512vnni_rows, I2S_AVX512, .reject = reject, .run = run,
          .note = "as the one without _rows, one row after the other");
