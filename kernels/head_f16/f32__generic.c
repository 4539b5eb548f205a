/* The output head over F16 weights in plain C: head/head.h has the contract, head_generic.h the loop. */
#include "head_f16/some_weights.h"

#include "head/head_generic.h"

TK_KERNEL(head_f16_f32__generic, .step = 1, .reject = NULL, .run = run, .note = "plain C");
