/* Softmax, 128 bits at a time: softmax_vec.h says how, f32/f32_vec.h why the bits are those of plain C. */
#include "softmax/softmax_vec.h"

TK_KERNEL(softmax_f32__neon, .step = 1, .run = softmax_run, .note = "128-bit vectors");
