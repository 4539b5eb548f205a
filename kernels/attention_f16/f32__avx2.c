/* Attention over an F16 cache, 256 bits at a time: attention/attention.h has the contract,
 * attention_f16_vec.h the loops. */
#include "attention_f16/attention_f16_vec.h"

TK_KERNEL(attention_f16_f32__avx2, .step = 1, .reject = attention_reject, .run = attention_many,
          .note = "256-bit vectors, heads and tokens share K and V");
