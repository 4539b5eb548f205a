/* RoPE, 256 bits at a time: see half_vec.h. */
#include "rope/half_vec.h"

TK_KERNEL(rope_half_f32__avx2, .step = 1, .reject = rope_reject, .run = rope_run, .note = "256-bit vectors");
