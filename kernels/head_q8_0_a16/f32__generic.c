/* The output head over Q8_0 weights with 16-bit activations, plain C: head/a16.h has the contract. Two products
 * of integers, one of floats and two sums for two weights. */
#define ROW q8_0_row
#include "head/a16.h"

static inline void a16_store(uint8_t *to, size_t at, const int16_t *a, size_t n) {
    a16_store_whole(to, at, a, n);
}

static inline void a16_dots(float *out, const uint8_t *w, size_t row, const uint8_t *activations, size_t k,
                            size_t rows) {
    (void)row, (void)rows; /* one */
    const int16_t *a = (const int16_t *)(const void *)activations;
    float lane[F32_LANES] = {0};
    for (size_t i = 0; i < k; i += 32) {
        const uint8_t *block = w + i / 32 * 34;
        const int8_t *q = (const int8_t *)block + 2;
        const float d = half_at(block);
        for (size_t l = 0; l < F32_LANES; l++)
            lane[l] += d * (float)(q[2 * l] * a[i + 2 * l] + q[2 * l + 1] * a[i + 2 * l + 1]);
    }
    out[0] = f32_tree(lane);
}

TK_KERNEL(head_q8_0_a16_f32__generic, A16_KERNEL, .reject = head_reject_32, .note = "plain C");
