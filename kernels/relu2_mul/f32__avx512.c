/* Squared ReLU x up, 512 bits at a time: relu2_mul_vec.h says how, f32/f32_vec.h why the bits are those of
 * plain C. */
#include "relu2_mul/relu2_mul_vec.h"

TK_KERNEL(relu2_mul_f32__avx512, .step = 1, .run = relu2_mul_run, .note = "512-bit vectors");
