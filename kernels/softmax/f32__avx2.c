/* Softmax, 256 bits at a time: softmax_vec.h says how, f32/f32_vec.h why the bits are those of plain C. */
#include "softmax/softmax_vec.h"

TK_KERNEL(softmax_f32__avx2, .step = 1, .run = softmax_run, .note = "256-bit vectors");
