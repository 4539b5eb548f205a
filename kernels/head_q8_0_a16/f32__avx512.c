/* The output head over Q8_0 weights with 16-bit activations, AVX-512: head/a16.h has the contract.
 *
 * A block's 32 numbers widened to words, VPMADDWD with the activations: 16 sums of 2, to floats, times the
 * block's scale, onto the lanes. */
#define ROW q8_0_row
#include "f32/f32_vec.h"
#include "head/a16.h"

#include <immintrin.h>

static inline void a16_store(uint8_t *to, size_t at, const int16_t *a, size_t n) {
    a16_store_whole(to, at, a, n);
}

static inline float a16_dot(const uint8_t *row, const uint8_t *activations, size_t k) {
    const __m512i *a = (const __m512i *)(const void *)activations;
    __m512 acc = _mm512_setzero_ps();
    for (size_t b = 0; b < k / 32; b++) {
        const uint8_t *block = row + 34 * b;
        if (b % 2 == 0)
            _mm_prefetch((const char *)block + 8192, _MM_HINT_T0);
        const __m512i q = _mm512_cvtepi8_epi16(_mm256_loadu_si256((const __m256i *)(const void *)(block + 2)));
        const __m512 d = _mm512_set1_ps(_cvtsh_ss((uint16_t)(block[0] | block[1] << 8)));
        acc = _mm512_add_ps(acc, _mm512_mul_ps(d, _mm512_cvtepi32_ps(_mm512_madd_epi16(q, a[b]))));
    }
    return lanes_sum((lanes){{(vec)acc}});
}

TK_KERNEL(head_q8_0_a16_f32__avx512, A16_KERNEL, .reject = head_reject_32,
          .note = "VPMADDWD, a block at a time");
