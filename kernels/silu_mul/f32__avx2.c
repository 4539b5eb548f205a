/* SiLU x up, 256 bits at a time: silu_mul_vec.h says how, f32/f32_vec.h why the bits are those of plain C. */
#include "silu_mul/silu_mul_vec.h"

TK_KERNEL(silu_mul_f32__avx2, .step = 1, .run = silu_mul_run, .note = "256-bit vectors");
