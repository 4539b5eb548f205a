/* y = x * w for w in {-2,-1,0,1}, other values -> 0. The idea, the bound and the picture:
 * ternary_mul/mul_avx2.h. */
#include "ternary_mul/mul_avx2.h"

static void run(const tk_args *a) {
    mul_run(a, -2, false);
}

TK_KERNEL(i2s_mul_i8__avx2, .step = 64, .run = run, .note = "range test in bytes, then widen and multiply");
