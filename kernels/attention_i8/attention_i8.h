/* attention_i8.h: attention.h over an int8 cache. Its two sums of products are sums of integers, so they have
 * no order, and instructions that multiply and add at once can be used. What is not int8 already is rounded to
 * 16 bits: q once, and the weights of a block, each with V's scale in it.
 *
 *   q[d] = step * i[d], step = (largest |q| of the head) / 32767                       i16_scale, i16_round
 *
 *   s[j] = ((sum of i[d] * k[j][d]) * (scale of K's row j)) * (step * (1 / sqrt(dim)))
 *
 *   w[j] = p[j] * (scale of V's row j) = step * i[j], step = (largest |w| of the block's) / 32767
 *
 *   o[d] = o[d] * c + (sum of i[j] * v[j][d]) * step
 *
 * Each product and sum of floats is rounded to f32, also what an integer becomes; m, c, p, l and y are those of
 * attention.h. No sum of integers leaves 32 bits: 512 * 32767 * 128 < 2^31.
 *
 * Error, to first order, where each row of V has 127 as its largest, as the cache stores it: each s is off by
 * step / 2 * sum |k| / sqrt(dim), k with its scale, and by 8 * 2^-24 * sum |q k| / sqrt(dim); y by twice the
 * largest of these * max |v|, by 2^-10 * max |v| for w (64 weights, each half a step off; where all are alike
 * it is 2^-16) and by (3 * G/64 + G/16 + 80) * 2^-24 * max |v|. Where the largest |q| or |w| is below 2^-100,
 * all of them count as 0; where it is Inf or NaN, the answer is NaN. */
#ifndef TK_ATTENTION_I8_H
#define TK_ATTENTION_I8_H

#include "attention/attention.h"

typedef struct i16_scale {
    float step, inverse;
} i16_scale;

/* top: f32_top_bits of what is rounded. */
static inline i16_scale i16_scale_of(uint32_t top) {
    const float most = f32_from_bits(top);
    if (top >= 0x7f800000u)
        return (i16_scale){NAN, 0};
    return (i16_scale){most / 32767, most >= 0x1p-100f ? 32767 / most : 0};
}

/* x / step to the nearest, ties to even: as in f32_exp, in the low bits of a sum. */
static inline int16_t i16_round(float x, float inverse) {
    return (int16_t)(uint16_t)f32_bits(x * inverse + F32_MAGIC);
}

static inline float i8_score(int32_t sum, float k_scale, float step) {
    return (float)sum * k_scale * step;
}

#endif
