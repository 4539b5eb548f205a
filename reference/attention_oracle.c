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

/* x as whole multiples of what is returned, 1 / 32767 of the largest; nearest, ties to even. */
static float to_i16(int32_t *i, const float *x, size_t n) {
    float top = 0;
    for (size_t d = 0; d < n; d++) {
        i[d] = 0;
        if (!isfinite(x[d]) || !isfinite(top))
            top = NAN;
        else if (fabsf(x[d]) > top)
            top = fabsf(x[d]);
    }
    if (isfinite(top) && top >= ldexpf(1, -100)) {
        const float inverse = 32767.0f / top;
        for (size_t d = 0; d < n; d++)
            i[d] = (int32_t)rintf(x[d] * inverse);
    }
    return top / 32767.0f;
}

/* Scores that have become weights in `terms`, and how they change max and sum. Returns what becomes of sums
 * before. */
static float softmax_block(float *terms, size_t keys, float *max, float *sum) {
    float top = *max;
    for (size_t j = 0; j < keys; j++)
        top = terms[j] > top ? terms[j] : top;
    const float c = weight(*max - top);
    for (size_t j = 0; j < keys; j++)
        terms[j] = weight(terms[j] - top);
    const float scaled = *sum * c;
    *sum = scaled + oracle_sum(terms, keys);
    *max = top;
    return c;
}

/* One head of one token over rows k and v as floats. */
static void head_f16(float *y, const float *q, const float *k, const float *v, size_t dim, size_t seen) {
    float max = -INFINITY, sum = 0, p[64];
    float *product = malloc((dim + 1) * sizeof *product);
    if (!product)
        abort();
    for (size_t d = 0; d < dim; d++)
        y[d] = 0;
    for (size_t at = 0; at < seen; at += 64) {
        const size_t keys = seen - at < 64 ? seen - at : 64;
        for (size_t j = 0; j < keys; j++) {
            for (size_t d = 0; d < dim; d++)
                product[d] = q[d] * k[(at + j) * dim + d];
            p[j] = oracle_sum(product, dim);
            p[j] = p[j] * (1.0f / sqrtf((float)dim));
        }
        const float c = softmax_block(p, keys, &max, &sum);
        for (size_t d = 0; d < dim; d++) {
            y[d] = y[d] * c;
            for (size_t j = 0; j < keys; j++) {
                const float pv = p[j] * v[(at + j) * dim + d];
                y[d] = y[d] + pv;
            }
        }
    }
    for (size_t d = 0; d < dim; d++)
        y[d] = y[d] / sum;
    free(product);
}

/* The same over int8 with two scales a position: the sums of products are exact. */
static void head_i8(float *y, const float *q, const int8_t *k, const int8_t *v, const float *scales, size_t dim,
                    size_t seen) {
    float max = -INFINITY, sum = 0, p[64];
    int32_t w[64], *whole = malloc((dim + 1) * sizeof *whole);
    if (!whole)
        abort();
    const float root = 1.0f / sqrtf((float)dim), q_step = to_i16(whole, q, dim) * root;
    for (size_t d = 0; d < dim; d++)
        y[d] = 0;
    for (size_t at = 0; at < seen; at += 64) {
        const size_t keys = seen - at < 64 ? seen - at : 64;
        for (size_t j = 0; j < keys; j++) {
            int64_t exact = 0;
            for (size_t d = 0; d < dim; d++)
                exact += (int64_t)whole[d] * k[(at + j) * dim + d];
            p[j] = (float)exact;
            p[j] = p[j] * scales[2 * (at + j)];
            p[j] = p[j] * q_step;
        }
        const float c = softmax_block(p, keys, &max, &sum);
        for (size_t j = 0; j < keys; j++)
            p[j] = p[j] * scales[2 * (at + j) + 1];
        const float step = to_i16(w, p, keys);
        for (size_t d = 0; d < dim; d++) {
            int64_t exact = 0;
            for (size_t j = 0; j < keys; j++)
                exact += (int64_t)w[j] * v[(at + j) * dim + d];
            const float before = y[d] * c, added = (float)exact * step;
            y[d] = before + added;
        }
    }
    for (size_t d = 0; d < dim; d++)
        y[d] = y[d] / sum;
    free(whole);
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
    for (size_t i = 0; i < tokens * heads; i++)
        head_f16(y + i * dim, q + i * dim, wide, wide + n, dim, positions - tokens + i / heads + 1);
    free(wide);
}

void oracle_attention_i8(float *y, const float *q, const int8_t *k, const int8_t *v, const float *scales,
                         size_t tokens, size_t heads, size_t dim, size_t positions) {
    for (size_t i = 0; i < tokens * heads; i++)
        head_i8(y + i * dim, q + i * dim, k, v, scales, dim, positions - tokens + i / heads + 1);
}
