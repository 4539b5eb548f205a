/* Sums to floats, 128 bits at a time: dequant_sums_vec.h says how, f32/f32_vec.h why the bits are those of
 * plain C.
 */
#include "dequant_sums/dequant_sums_vec.h"

TK_KERNEL(dequant_sums_f32__neon, .step = 16, .reject = dequant_sums_reject, .run = dequant_sums_run,
          .note = "128-bit vectors");
