/* SiLU x up, 512 bits at a time: silu_mul_vec.h says how, f32/f32_vec.h why the bits are those of plain C. */
#include "silu_mul/silu_mul_vec.h"

TK_KERNEL(silu_mul_f32__avx512, .step = 1, .run = silu_mul_run, .note = "512-bit vectors");
