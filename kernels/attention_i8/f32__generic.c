/* Attention over an int8 cache in plain C: attention/attention.h has the contract, attention_generic.h the
 * loops. */
#include "attention/cache_i8.h"

#include "attention/attention_generic.h"

TK_KERNEL(attention_i8_f32__generic, .step = 1, .reject = attention_reject, .run = attention_run,
          .note = "plain C");
