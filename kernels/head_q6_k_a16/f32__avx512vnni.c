/* Q6_K head with 16-bit activations (f32_avx512.h): weights are asked for two groups of rows ahead, into the
 * L2. On Zen 4 2.5 times as fast as into the L1. */
#define AHEAD(group) (2 * (group))
#define CACHE        _MM_HINT_T1
#include "head_q6_k_a16/f32_avx512.h"

TK_KERNEL(head_q6_k_a16_f32__avx512vnni, A16_KERNEL, .reject = head_reject_256,
          .note = "64 codes by VPDPBUSD, once for each byte of the activations; 3 rows share those");
