/* The output head over F32 weights in plain C: head/head.h has the contract, head_generic.h the loop. */
#include "head_f32/some_weights.h"

#include "head/head_generic.h"

TK_KERNEL(head_f32_f32__generic, .step = 1, .reject = NULL, .run = run, .note = "plain C");
