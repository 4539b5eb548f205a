/* Q6_K head with 16-bit activations (f32_avx512.h): weights are asked for 10 KiB ahead, into the L1. For Zen 5:
 * 269 MB from memory on one thread at 41.5 GB/s of 42 that it can read, 33 with the L2 and two groups ahead, 38
 * with the L2 and 10 KiB. Also tried: 4, 8, 16, 24 KiB; one, two and four rows (41.3, 40.6, 30). */
#define AHEAD(group) 10240
#define CACHE        _MM_HINT_T0
#include "head_q6_k_a16/f32_avx512.h"

TK_KERNEL(head_q6_k_a16_f32__avx512vnni_l1, A16_KERNEL, .reject = head_reject_256,
          .note = "as the one without _l1, prefetch into the L1");
