/* RoPE, 512 bits at a time: see pairs_vec.h. */
#include "rope/pairs_vec.h"

TK_KERNEL(rope_pairs_f32__avx512, .step = 1, .reject = rope_reject, .run = rope_run, .note = "512-bit vectors");
