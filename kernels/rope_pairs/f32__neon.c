/* RoPE, 128 bits at a time: see pairs_vec.h. */
#include "rope/pairs_vec.h"

TK_KERNEL(rope_pairs_f32__neon, .step = 1, .reject = rope_reject, .run = rope_run, .note = "128-bit vectors");
