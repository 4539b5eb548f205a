/* a8.h: the output head over Q6_K rows with 8-bit activations (contract "a8"): logits y[n][m] that are good for
 * finding the rows whose own logits can be the largest, with a bound for each. Made for models/head.c.
 *
 *   w    rows of Q6_K as they are in the file (dequant/dequant.h), any alignment
 *   x    f32[N][K]        y    f32[N][M]        scratch    what prepare leaves: the activations as integers
 *
 * Activations, token by token. top = the largest |x|; v = x * (16129 / top), 16129 = 127 * 127. Of each 16
 * columns that share a scale of Q6_K, A = the largest |v|:
 *   step = A / 127 rounded up to an integer, 1 .. 127        a = v / step, rounded to nearest, ties to even
 * So a is within -127 .. 127 and an outlier costs its own 16 columns precision, no others; scale = top / 16129.
 * If top < 2^-60, x and top are first multiplied by 2^64, which is exact, and y by 2^-64 at the end. If top =
 * 0, all a and the scale are 0. A NaN or Inf in x makes the scale NaN: every logit of the token is NaN.
 *
 * Products. 16 lanes; column c belongs to lane c / 4 mod 16. For each block of 256: T[l] = the exact sum of s
 * step (code - 32) a over its 16 columns, s the int8 scale of their sixteenth. |T| <= 16 * 128 * 127 * 32 * 127
 * < 2^30. acc[l] += d * (float)T[l], block after block, d the block's scale: multiply, then add. Then the tree
 * of f32.h, times the activations' scale (and 2^-64). So every ISA and every split gives the same bits.
 *
 * Error: prepare stores off >= |x - scale step a| (Euclidean). A logit is off from exact by at most, to first
 * order, |w| * off  +  (K / 256 + 8) * 2^-24 * |w| * (|x| + off), by Cauchy and Schwarz. */
#ifndef TK_HEAD_A8_H
#define TK_HEAD_A8_H

#include "head/rounding.h"

#include <math.h>

#define A8_TOP 16129

enum { A8_HEADER = 64 };

/* What a token's part of the scratch begins with. */
typedef struct a8_token {
    float scale, back, off;
} a8_token;

/* 256 columns of a token. pairs: 32 times the sum of columns 2 i and 2 i + 1. Steps as VPSHUFB wants them
 * beside scales: first those of even sixteenths. */
typedef struct a8_block {
    int8_t a[256];
    int16_t pairs[128], steps[16];
} a8_block;

static inline size_t a8_stride(size_t k) {
    return A8_HEADER + k / 256 * sizeof(a8_block);
}

static inline size_t a8_scratch(tk_shape s) {
    return s.n * a8_stride(s.k);
}

static inline int a8_step(const a8_block *b, size_t sixteenth) {
    return b->steps[sixteenth / 2 + 8 * (sixteenth % 2)];
}

/* The 16 columns of a step, from v = x * r->up * r->inverse. Returns the sum of squares of what is left out, in
 * units of v. */
static inline float a8_sixteenth(a8_block *b, size_t j, const float *x, const head_rounding *r) {
    float v[16], top = 0, left = 0;
    for (size_t i = 0; i < 16; i++) {
        v[i] = x[i] * r->up * r->inverse;
        top = fabsf(v[i]) > top ? fabsf(v[i]) : top;
    }
    const int whole = (int)(top / 127), most = whole + ((float)whole * 127 < top);
    const int step = most < 1 ? 1 : most > 127 ? 127 : most;
    b->steps[j / 2 + 8 * (j % 2)] = (int16_t)step;
    for (size_t i = 0; i < 16; i++) {
        const float a = v[i] / (float)step + F32_MAGIC;
        const int n = (int)(f32_bits(a) - f32_bits(F32_MAGIC));
        const float e = v[i] - (float)(n * step);
        b->a[16 * j + i] = (int8_t)n;
        left += e * e;
    }
    for (size_t i = 0; i < 8; i++)
        b->pairs[8 * j + i] = (int16_t)(32 * (b->a[16 * j + 2 * i] + b->a[16 * j + 2 * i + 1]));
    return left;
}

static inline void a8_prepare_token(uint8_t *to, const float *x, size_t k) {
    const head_rounding r = head_rounding_of(x, k, A8_TOP);
    double left = 0;
    memset(to, 0, a8_stride(k));
    for (size_t j = 0; j < k / 16 && r.finite; j++)
        left += (double)a8_sixteenth((a8_block *)(void *)(to + A8_HEADER) + j / 16, j % 16, x + 16 * j, &r);
    /* v is within 2^-23 |v| + 2^-23 of exact, |v| within 16129: 0.002 a column, which is allowed for */
    const float scale = r.top / A8_TOP;
    const a8_token head = {r.finite ? scale : NAN, 1 / r.up,
                           ((float)sqrt(left) + 0.004f * (float)sqrt((double)k)) * 1.0001f * scale / r.up};
    memcpy(to, &head, sizeof head);
}

static inline void a8_prepare(const tk_args *a) {
    head_prepare(a, a8_stride(a->shape.k), a8_prepare_token);
}

#endif
