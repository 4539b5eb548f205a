/* Attention over an int8 cache, 512 bits at a time: attention_i8.h has the contract, attention_i8_vec.h the
 * loops. */
#include "attention_i8/attention_i8_vec.h"

TK_KERNEL(attention_i8_f32__avx512, .step = 1, .reject = attention_reject, .run = attention_i8_run,
          .note = "512-bit vectors, heads and tokens share V");
