/* The output head over Q8_0 weights with 16-bit activations, AVX-512: head/a16.h has the contract.
 *
 * A block's 32 numbers are widened to words by their load, VPMADDWD with the activations makes 16 sums of 2,
 * those become floats, times the block's scale, onto the lanes.
 *
 * Bound: 8 operations for a block of 34 bytes, half of them for its scale: 8 bytes a cycle on two 512-bit
 * ports, more than a core reads from memory. That stream is one run of addresses, which processors follow by
 * themselves: prefetches 4 to 16 KiB ahead took from nothing (8 KiB, into the L1) to half of the speed (into
 * the L2). */
#define ROW q8_0_row
#include "f32/f32_vec.h"
#include "head/a16.h"

#include <immintrin.h>

static inline void a16_store(uint8_t *to, size_t at, const int16_t *a, size_t n) {
    a16_store_whole(to, at, a, n);
}

static inline void a16_dots(float *out, const uint8_t *w, size_t row, const uint8_t *activations, size_t k,
                            size_t rows) {
    const __m512i *a = (const __m512i *)(const void *)activations;
    __m512 acc = _mm512_setzero_ps();
    (void)row, (void)rows; /* one */
    for (size_t b = 0; b < k / 32; b++) {
        const uint8_t *block = w + 34 * b;
        const __m512i q = _mm512_cvtepi8_epi16(_mm256_loadu_si256((const __m256i *)(const void *)(block + 2)));
        const __m512 d = _mm512_set1_ps(_cvtsh_ss((uint16_t)(block[0] | block[1] << 8)));
        acc = _mm512_add_ps(acc, _mm512_mul_ps(d, _mm512_cvtepi32_ps(_mm512_madd_epi16(q, a[b]))));
    }
    out[0] = lanes_sum((lanes){{(vec)acc}});
}

TK_KERNEL(head_q8_0_a16_f32__avx512, A16_KERNEL, .reject = head_reject_32,
          .note = "VPMADDWD, a block at a time");
