/* The output head over Q8_0 weights with 16-bit activations, AVX2: f32__avx512.c in two halves, lanes 0 .. 7
 * and 8 .. 15. Bound: 13 operations for a block of 34 bytes on three or four ports. Every block asks for the
 * line 8 KiB ahead, into the L2: 1.3 times as fast from memory on Zen 3; every second one is slower than none.
 */
#define ROW q8_0_row
#include "f32/f32_vec.h"
#include "head/a16.h"

#include <immintrin.h>

static inline void a16_store(uint8_t *to, size_t at, const int16_t *a, size_t n) {
    a16_store_whole(to, at, a, n);
}

static inline void a16_dots(float *out, const uint8_t *w, size_t row, const uint8_t *activations, size_t k,
                            size_t rows) {
    const __m256i *a = (const __m256i *)(const void *)activations;
    __m256 acc[2] = {_mm256_setzero_ps(), _mm256_setzero_ps()};
    (void)row, (void)rows; /* one */
    for (size_t b = 0; b < k / 32; b++) {
        const uint8_t *block = w + 34 * b;
        _mm_prefetch((const char *)block + 8192, _MM_HINT_T1);
        const __m256 d = _mm256_set1_ps(_cvtsh_ss((uint16_t)(block[0] | block[1] << 8)));
        for (size_t h = 0; h < 2; h++) {
            const __m256i q =
                _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(const void *)(block + 2 + 16 * h)));
            const __m256 sums = _mm256_cvtepi32_ps(_mm256_madd_epi16(q, a[2 * b + h]));
            acc[h] = _mm256_add_ps(acc[h], _mm256_mul_ps(d, sums));
        }
    }
    out[0] = lanes_sum((lanes){{(vec)acc[0], (vec)acc[1]}});
}

TK_KERNEL(head_q8_0_a16_f32__avx2, A16_KERNEL, .reject = head_reject_32, .note = "VPMADDWD, a block at a time");
