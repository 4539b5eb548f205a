/* The output head over Q6_K weights with 16-bit activations, SDOT: head/a16.h has the contract. 16 codes minus
 * 32 by SDOT with the upper bytes of the activations and with the lower ones: sums of four columns, times their
 * scale. */
#define ROW q6_k_row
#include "head/a16.h"
#include "head/weights16.h"

static inline void a16_store(uint8_t *to, size_t at, const int16_t *a, size_t n) {
    a16_store_halves(to, at, a, n);
}

static inline void a16_dots(float *out, const uint8_t *w, size_t row, const uint8_t *activations, size_t k,
                            size_t rows) {
    const int8_t *a = (const int8_t *)activations;
    lanes acc = lanes_all(0);
    (void)row, (void)rows; /* one */
    for (size_t b = 0; b < k / 256; b++, a += 512) {
        const uint8_t *block = w + 210 * b;
        const vec d = vec_all(scale_at(block + 208));
        for (size_t i = 0; i < VEC_PARTS; i++) {
            int32x4_t hi = {0}, lo = {0};
            for (size_t p = 0; p < 4; p++) {
                const int8x16_t codes = (int8x16_t)q6_k_codes16(block, 64 * p + 16 * i);
                const int8_t *x = a + 128 * p + 16 * i, scale = (int8_t)block[192 + 4 * p + i];
                hi = vmlaq_n_s32(hi, vdotq_s32((int32x4_t){0}, codes, vld1q_s8(x)), scale);
                lo = vmlaq_n_s32(lo, vdotq_s32((int32x4_t){0}, codes, vld1q_s8(x + 64)), scale);
            }
            acc.part[i] += d * (vec)vcvtq_f32_s32(vaddq_s32(vshlq_n_s32(hi, 8), lo));
        }
    }
    out[0] = lanes_sum(acc);
}

TK_KERNEL(head_q6_k_a16_f32__dotprod, A16_KERNEL, .reject = head_reject_256,
          .note = "SDOT, once for each byte of the activations");
