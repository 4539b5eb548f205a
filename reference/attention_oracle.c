/* Attention by the words of kernels/attention/attention.h: one token and head at a time, all in plain loops. */
#include "reference/oracle.h"

#include <math.h>
#include <stdlib.h>

float oracle_f16(uint16_t h) {
    const int exponent = h >> 10 & 31, fraction = h & 1023;
    const double sign = h >> 15 ? -1 : 1;
    if (exponent == 31)
        return fraction ? NAN : (float)(sign * INFINITY);
    return (float)(sign * (exponent ? ldexp(1024 + fraction, exponent - 25) : ldexp(fraction, -24)));
}

/* e^x, 0 below -60. */
static float weight(float x) {
    return x < -60 ? 0 : oracle_exp(x);
}

/* One head of one token over rows k and v as floats, with two scales a position. */
static void one_head(float *y, const float *q, const float *k, const float *v, const float *scales, size_t dim,
                     size_t seen) {
    float max = -INFINITY, sum = 0, s[64], terms[64];
    float *product = malloc((dim + 1) * sizeof *product);
    if (!product)
        abort();
    for (size_t d = 0; d < dim; d++)
        y[d] = 0;
    for (size_t at = 0; at < seen; at += 64) {
        const size_t keys = seen - at < 64 ? seen - at : 64;
        float top = max;
        for (size_t j = 0; j < keys; j++) {
            for (size_t d = 0; d < dim; d++)
                product[d] = q[d] * k[(at + j) * dim + d];
            s[j] = oracle_sum(product, dim);
            if (scales)
                s[j] = s[j] * scales[2 * (at + j)];
            s[j] = s[j] * (1.0f / sqrtf((float)dim));
            top = s[j] > top ? s[j] : top;
        }
        const float c = weight(max - top);
        for (size_t j = 0; j < keys; j++)
            terms[j] = weight(s[j] - top);
        const float scaled = sum * c;
        sum = scaled + oracle_sum(terms, keys);
        max = top;
        for (size_t d = 0; d < dim; d++) {
            y[d] = y[d] * c;
            for (size_t j = 0; j < keys; j++) {
                const float p = scales ? terms[j] * scales[2 * (at + j) + 1] : terms[j],
                            pv = p * v[(at + j) * dim + d];
                y[d] = y[d] + pv;
            }
        }
    }
    for (size_t d = 0; d < dim; d++)
        y[d] = y[d] / sum;
    free(product);
}

static void all_heads(float *y, const float *q, const float *k, const float *v, const float *scales,
                      size_t tokens, size_t heads, size_t dim, size_t positions) {
    for (size_t t = 0; t < tokens; t++)
        for (size_t h = 0; h < heads; h++)
            one_head(y + (t * heads + h) * dim, q + (t * heads + h) * dim, k, v, scales, dim,
                     positions - tokens + t + 1);
}

void oracle_attention_f16(float *y, const float *q, const uint16_t *k, const uint16_t *v, size_t tokens,
                          size_t heads, size_t dim, size_t positions) {
    const size_t n = positions * dim;
    float *wide = malloc((2 * n + 1) * sizeof *wide);
    if (!wide)
        abort();
    for (size_t i = 0; i < n; i++) {
        wide[i] = oracle_f16(k[i]);
        wide[n + i] = oracle_f16(v[i]);
    }
    all_heads(y, q, wide, wide + n, NULL, tokens, heads, dim, positions);
    free(wide);
}

void oracle_attention_i8(float *y, const float *q, const int8_t *k, const int8_t *v, const float *scales,
                         size_t tokens, size_t heads, size_t dim, size_t positions) {
    const size_t n = positions * dim;
    float *wide = malloc((2 * n + 1) * sizeof *wide);
    if (!wide)
        abort();
    for (size_t i = 0; i < n; i++) {
        wide[i] = k[i];
        wide[n + i] = v[i];
    }
    all_heads(y, q, wide, wide + n, scales, tokens, heads, dim, positions);
    free(wide);
}
