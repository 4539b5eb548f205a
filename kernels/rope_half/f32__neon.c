/* RoPE, 128 bits at a time: see half_vec.h. */
#include "rope/half_vec.h"

TK_KERNEL(rope_half_f32__neon, .step = 1, .reject = rope_reject, .run = rope_run, .note = "128-bit vectors");
