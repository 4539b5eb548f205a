/* Attention over an int8 cache, 512 bits at a time: attention/attention.h has the contract, attention_vec.h the
 * loops. */
#include "attention/cache_i8.h"
#include "attention/widen16.h"

static inline lanes widen16(const void *data, size_t i) {
    return widen16_i8((const int8_t *)data + i);
}

#include "attention/attention_vec.h"

TK_KERNEL(attention_i8_f32__avx512, .step = 1, .reject = attention_reject, .run = attention_many,
          .note = "512-bit vectors, heads and tokens share K and V");
