/* RMSNorm, 256 bits at a time: rms_norm_vec.h says how, f32/f32_vec.h why the bits are those of plain C. */
#include "rms_norm/rms_norm_vec.h"

TK_KERNEL(rms_norm_f32__avx2, .step = 1, .run = rms_norm_run, .note = "256-bit vectors");
