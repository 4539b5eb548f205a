/* The output head over Q6_K weights with 16-bit activations, plain C: head/a16.h has the contract. A product
 * with the activation and one with the scale of four columns: bound by the unpacking of the codes. */
#define ROW q6_k_row
#include "head/a16.h"

static inline void a16_store(uint8_t *to, size_t at, const int16_t *a, size_t n) {
    a16_store_whole(to, at, a, n);
}

static inline void block_sums(int32_t sum[F32_LANES], const uint8_t *block, const int16_t *a) {
    for (size_t i = 0; i < 256; i += 16) {
        int8_t codes[16];
        const int32_t scale = (int8_t)block[192 + i / 16];
        q6_k_codes(codes, block, i);
        for (size_t j = 0; j < 16; j += 4) {
            int32_t four = 0;
            for (size_t c = j; c < j + 4; c++)
                four += codes[c] * a[i + c];
            sum[(i + j) / 4 % F32_LANES] += scale * four;
        }
    }
}

static inline void a16_dots(float *out, const uint8_t *w, size_t row, const uint8_t *activations, size_t k,
                            size_t rows) {
    (void)row, (void)rows; /* one */
    const int16_t *a = (const int16_t *)(const void *)activations;
    float lane[F32_LANES] = {0};
    for (size_t b = 0; b < k / 256; b++) {
        const uint8_t *block = w + 210 * b;
        int32_t sum[F32_LANES] = {0};
        block_sums(sum, block, a + 256 * b);
        const float d = half_at(block + 208);
        for (size_t l = 0; l < F32_LANES; l++)
            lane[l] += d * (float)sum[l];
    }
    out[0] = f32_tree(lane);
}

TK_KERNEL(head_q6_k_a16_f32__generic, A16_KERNEL, .reject = head_reject_256, .note = "plain C");
