/* RoPE, 512 bits at a time: see half_vec.h. */
#include "rope/half_vec.h"

TK_KERNEL(rope_half_f32__avx512, .step = 1, .reject = rope_reject, .run = rope_run, .note = "512-bit vectors");
