/* y = x * w for w in {-1,0,1}, other values -> 0. The idea, the bound and the picture: ternary_mul/mul_neon.h.
 */
#include "ternary_mul/mul_neon.h"

static void run(const tk_args *a) {
    mul_run(a, -1);
}

TK_KERNEL(ternary_mul_i8__neon, .step = 16, .run = run, .note = "range test in bytes, then widen and multiply");
