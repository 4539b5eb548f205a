/* The output head over F16 weights, 512 bits at a time: head/head.h has the contract, head_vec.h the loop. */
#include "head/weights16.h"
#include "head_f16/some_weights.h"

static inline lanes weights16(const uint8_t *row, size_t k) {
    return f16_weights(row, k);
}

#include "head/head_vec.h"

TK_KERNEL(head_f16_f32__avx512, .step = ROWS, .reject = NULL, .run = run,
          .note = "2 rows share the activations");
