/* Q6_K head with 16-bit activations (f32_avx512.h): weights are asked for two groups of rows ahead, into the
 * L2, and 6 KiB ahead, into the L1. Emerald Rapids class, 269 MB from memory on one and two threads: 15.6
 * / 33.6 GB/s of 17.2 / 37.3 that can be read; the L2 alone 14.8 / 32.0, the L1 alone 13.9 / 29.5. The L1 4 or
 * 8 KiB ahead is as good, 2 KiB 15.2 / 32.9; the L2 8 or 24 KiB ahead with it too. */
#define AHEAD(group) (2 * (group))
#define CACHE        _MM_HINT_T1
#define THEN(line)   _mm_prefetch((line) + 6144, _MM_HINT_T0)
#include "head_q6_k_a16/f32_avx512.h"

TK_KERNEL(head_q6_k_a16_f32__avx512vnni_staged, A16_KERNEL, .reject = head_reject_256,
          .note = "as the one without _staged, prefetch into the L2, then the L1");
