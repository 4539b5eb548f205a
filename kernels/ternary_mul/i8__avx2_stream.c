/* As i8__avx2.c, for outputs beyond the caches: stores go past them (no read for ownership), x and w are
 * prefetched without polluting them. Loses as soon as the output would have been read again from a cache. */
#define TK_KERNEL_FLAGS TK_SPECIAL
#include "ternary_mul/mul_avx2.h"

static void run(const tk_args *a) {
    mul_run(a, -1, true);
}

TK_KERNEL(ternary_mul_i8__avx2_stream, .step = 64, .run = run,
          .note = "non-temporal stores, prefetch: for large arrays");
