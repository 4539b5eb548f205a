/* Attention over an F16 cache in plain C: attention/attention.h has the contract, attention_f16_generic.h the
 * loops. */
#include "attention_f16/attention_f16_generic.h"

TK_KERNEL(attention_f16_f32__generic, .step = 1, .reject = attention_reject, .run = attention_run,
          .note = "plain C");
