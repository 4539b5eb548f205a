/* The output head by the words of kernels/head/head.h: a row to floats, products, the sum of 16 lanes. */
#include "reference/oracle.h"

#include <stdlib.h>
#include <string.h>

static unsigned pair(const uint8_t *p) {
    return p[0] | (unsigned)p[1] << 8;
}

static float value_f16(const uint8_t *row, size_t k) {
    return oracle_f16((uint16_t)pair(row + 2 * k));
}

static float value_f32(const uint8_t *row, size_t k) {
    float f;
    memcpy(&f, row + 4 * k, 4);
    return f;
}

static float value_bf16(const uint8_t *row, size_t k) {
    const uint32_t bits = (uint32_t)pair(row + 2 * k) << 16;
    float f;
    memcpy(&f, &bits, 4);
    return f;
}

static float value_q8_0(const uint8_t *row, size_t k) {
    const uint8_t *block = row + k / 32 * 34;
    const int q = block[2 + k % 32];
    return oracle_f16((uint16_t)pair(block)) * (float)(q < 128 ? q : q - 256);
}

static float value_q6_k(const uint8_t *row, size_t k) {
    const uint8_t *block = row + k / 256 * 210;
    const size_t i = k % 256, h = i / 128, g = i % 128 / 32, l = i % 32;
    const int low = block[64 * h + 32 * (g % 2) + l] >> 4 * (g / 2) & 15;
    const int high = block[128 + 32 * h + l] >> 2 * g & 3, scale = block[192 + i / 16];
    const float d = oracle_f16((uint16_t)pair(block + 208)) * (float)(scale < 128 ? scale : scale - 256);
    return d * (float)(low + 16 * high - 32);
}

static void head(float *y, const uint8_t *w, const float *x, size_t m, size_t k, size_t n, size_t row,
                 float (*value)(const uint8_t *, size_t)) {
    float *product = malloc((k + 1) * sizeof *product);
    if (!product)
        abort();
    for (size_t t = 0; t < n; t++)
        for (size_t r = 0; r < m; r++) {
            for (size_t i = 0; i < k; i++)
                product[i] = value(w + r * row, i) * x[t * k + i];
            y[t * m + r] = oracle_sum(product, k);
        }
    free(product);
}

void oracle_head_f16(float *y, const uint8_t *w, const float *x, size_t m, size_t k, size_t n) {
    head(y, w, x, m, k, n, 2 * k, value_f16);
}

void oracle_head_f32(float *y, const uint8_t *w, const float *x, size_t m, size_t k, size_t n) {
    head(y, w, x, m, k, n, 4 * k, value_f32);
}

void oracle_head_bf16(float *y, const uint8_t *w, const float *x, size_t m, size_t k, size_t n) {
    head(y, w, x, m, k, n, 2 * k, value_bf16);
}

void oracle_head_q8_0(float *y, const uint8_t *w, const float *x, size_t m, size_t k, size_t n) {
    if (k % 32 == 0)
        head(y, w, x, m, k, n, k / 32 * 34, value_q8_0);
}

void oracle_head_q6_k(float *y, const uint8_t *w, const float *x, size_t m, size_t k, size_t n) {
    if (k % 256 == 0)
        head(y, w, x, m, k, n, k / 256 * 210, value_q6_k);
}
