/* The output head over Q8_0 weights in plain C: head/head.h has the contract, head_generic.h the loop. */
#include "head_q8_0/some_weights.h"

#include "head/head_generic.h"

TK_KERNEL(head_q8_0_f32__generic, .step = 1, .reject = head_reject_32, .run = run, .note = "plain C");
