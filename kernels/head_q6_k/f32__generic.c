/* The output head over Q6_K weights in plain C: head/head.h has the contract, head_generic.h the loop. */
#include "head_q6_k/some_weights.h"

#include "head/head_generic.h"

TK_KERNEL(head_q6_k_f32__generic, .step = 1, .reject = head_reject_256, .run = run, .note = "plain C");
