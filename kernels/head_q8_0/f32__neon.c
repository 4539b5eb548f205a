/* The output head over Q8_0 weights, 128 bits at a time: head/head.h has the contract, head_vec.h the loop. */
#include "head/weights16.h"
#include "head_q8_0/some_weights.h"

static inline lanes weights16(const uint8_t *row, size_t k) {
    return q8_0_weights(row, k);
}

#include "head/head_vec.h"

TK_KERNEL(head_q8_0_f32__neon, .step = ROWS, .reject = head_reject_32, .run = run,
          .note = "2 rows share the activations");
