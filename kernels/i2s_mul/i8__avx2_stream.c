/* As i8__avx2.c, for outputs beyond the caches: stores go past them (no read for ownership), x and w are
 * prefetched without polluting them. Whether that pays is the memory controller's business: on a virtual Xeon
 * with a 480 MiB L3 it lost at every size from 1K to 16M elements, cold ones too (0.6 to 0.7 of plain stores at
 * 16M). */
#define TK_KERNEL_FLAGS TK_SPECIAL
#include "ternary_mul/mul_avx2.h"

static void run(const tk_args *a) {
    mul_run(a, -2, true);
}

TK_KERNEL(i2s_mul_i8__avx2_stream, .step = 64, .run = run,
          .note = "non-temporal stores, prefetch: for large arrays");
