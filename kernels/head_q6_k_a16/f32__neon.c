/* The output head over Q6_K weights with 16-bit activations, NEON: head/a16.h has the contract. 16 columns
 * share a scale: codes minus 32, widened, times the scale (within 4096), then products of 32 bits with the
 * activations, a vector for each lane of four columns; those of the block's four sixteenths of a quarter are
 * added, then neighbours.
 */
#define ROW q6_k_row
#include "head/a16.h"
#include "head/weights16.h"

static inline void a16_store(uint8_t *to, size_t at, const int16_t *a, size_t n) {
    a16_store_whole(to, at, a, n);
}

/* sum[j] += the products of columns 4 j .. 4 j + 3 of 16. */
static inline void products(int32x4_t sum[4], const uint8_t *block, size_t i, const int16_t *a) {
    const int8x16_t codes = (int8x16_t)q6_k_codes16(block, i);
    const int8_t s = (int8_t)block[192 + i / 16];
    const int16x8_t low = vmulq_n_s16(vmovl_s8(vget_low_s8(codes)), s), x = vld1q_s16(a + i);
    const int16x8_t high = vmulq_n_s16(vmovl_high_s8(codes), s), y = vld1q_s16(a + i + 8);
    sum[0] = vmlal_s16(sum[0], vget_low_s16(low), vget_low_s16(x));
    sum[1] = vmlal_high_s16(sum[1], low, x);
    sum[2] = vmlal_s16(sum[2], vget_low_s16(high), vget_low_s16(y));
    sum[3] = vmlal_high_s16(sum[3], high, y);
}

static inline void a16_dots(float *out, const uint8_t *w, size_t row, const uint8_t *activations, size_t k,
                            size_t rows) {
    const int16_t *a = (const int16_t *)(const void *)activations;
    lanes acc = lanes_all(0);
    (void)row, (void)rows; /* one */
    for (size_t b = 0; b < k / 256; b++, a += 256) {
        const uint8_t *block = w + 210 * b;
        const vec d = vec_all(scale_at(block + 208));
        for (size_t i = 0; i < VEC_PARTS; i++) {
            int32x4_t sum[4] = {{0}};
            for (size_t p = 0; p < 4; p++)
                products(sum, block, 64 * p + 16 * i, a);
            const int32x4_t four = vpaddq_s32(vpaddq_s32(sum[0], sum[1]), vpaddq_s32(sum[2], sum[3]));
            acc.part[i] += d * (vec)vcvtq_f32_s32(four);
        }
    }
    out[0] = lanes_sum(acc);
}

TK_KERNEL(head_q6_k_a16_f32__neon, A16_KERNEL, .reject = head_reject_256,
          .note = "codes times scales as words, then SMLAL");
