/* The output head over Q6_K weights with 8-bit activations, plain C: head/a8.h has the contract. A product with
 * the activation and one with the scale of four columns: bound by the unpacking of the codes. */
#include "head_q6_k_a8/a8_run.h"

static void block_sums(int32_t sum[F32_LANES], const uint8_t *block, const a8_block *x) {
    for (size_t j = 0; j < 16; j++) {
        int8_t codes[16];
        const int32_t scale = (int8_t)block[192 + j] * a8_step(x, j);
        q6_k_codes(codes, block, 16 * j);
        for (size_t i = 0; i < 16; i += 4) {
            int32_t four = 0;
            for (size_t c = i; c < i + 4; c++)
                four += codes[c] * x->a[16 * j + c];
            sum[(16 * j + i) / 4 % F32_LANES] += scale * four;
        }
    }
}

static inline float dot(const uint8_t *row, const a8_block *x, size_t blocks) {
    float lane[F32_LANES] = {0};
    for (size_t b = 0; b < blocks; b++) {
        const uint8_t *block = row + 210 * b;
        int32_t sum[F32_LANES] = {0};
        block_sums(sum, block, x + b);
        const float d = half_at(block + 208);
        for (size_t l = 0; l < F32_LANES; l++)
            lane[l] += d * (float)sum[l];
    }
    return f32_tree(lane);
}

TK_KERNEL(head_q6_k_a8_f32__generic, A8_KERNEL, .note = "plain C");
