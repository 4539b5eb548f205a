/* The output head over Q8_0 weights with 16-bit activations, NEON: head/a16.h has the contract. A block as four
 * times 8 numbers: widened, 8 products of 32 bits, neighbours added: 4 lanes. */
#define ROW q8_0_row
#include "head/a16.h"
#include "head/weights16.h"

static inline void a16_store(uint8_t *to, size_t at, const int16_t *a, size_t n) {
    a16_store_whole(to, at, a, n);
}

static inline void a16_dots(float *out, const uint8_t *w, size_t row, const uint8_t *activations, size_t k,
                            size_t rows) {
    const int16_t *a = (const int16_t *)(const void *)activations;
    lanes acc = lanes_all(0);
    (void)row, (void)rows; /* one */
    for (size_t b = 0; b < k / 32; b++, a += 32) {
        const uint8_t *block = w + 34 * b;
        const vec d = vec_all(scale_at(block));
        for (size_t i = 0; i < VEC_PARTS; i++) {
            const int16x8_t q = vmovl_s8(vld1_s8((const int8_t *)block + 2 + 8 * i)), x = vld1q_s16(a + 8 * i);
            const int32x4_t sums =
                vpaddq_s32(vmull_s16(vget_low_s16(q), vget_low_s16(x)), vmull_high_s16(q, x));
            acc.part[i] += d * (vec)vcvtq_f32_s32(sums);
        }
    }
    out[0] = lanes_sum(acc);
}

TK_KERNEL(head_q8_0_a16_f32__neon, A16_KERNEL, .reject = head_reject_32, .note = "SMULL, a block at a time");
