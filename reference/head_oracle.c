/* The output head by the words of kernels/head/head.h: a row to floats, products, the sum of 16 lanes. */
#include "reference/oracle.h"

#include <math.h>
#include <stdbool.h>
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

static int byte(const uint8_t *p) {
    return *p < 128 ? *p : *p - 256;
}

static int number_q8_0(const uint8_t *row, size_t k) {
    return byte(row + k / 32 * 34 + 2 + k % 32);
}

static float half_q8_0(const uint8_t *row, size_t k) {
    return oracle_f16((uint16_t)pair(row + k / 32 * 34));
}

static float value_q8_0(const uint8_t *row, size_t k) {
    return half_q8_0(row, k) * (float)number_q8_0(row, k);
}

/* The six bits of a weight, minus 32, and the scale of its sixteenth. */
static int number_q6_k(const uint8_t *row, size_t k) {
    const uint8_t *block = row + k / 256 * 210;
    const size_t i = k % 256, h = i / 128, g = i % 128 / 32, l = i % 32;
    const int low = block[64 * h + 32 * (g % 2) + l] >> 4 * (g / 2) & 15;
    const int high = block[128 + 32 * h + l] >> 2 * g & 3;
    return low + 16 * high - 32;
}

static int scale_q6_k(const uint8_t *row, size_t k) {
    return byte(row + k / 256 * 210 + 192 + k % 256 / 16);
}

static float half_q6_k(const uint8_t *row, size_t k) {
    return oracle_f16((uint16_t)pair(row + k / 256 * 210 + 208));
}

static float value_q6_k(const uint8_t *row, size_t k) {
    return half_q6_k(row, k) * (float)scale_q6_k(row, k) * (float)number_q6_k(row, k);
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

/* ---- activations of 16 and 8 bits, by the words of kernels/head/a16.h and a8.h --------------------------- */
typedef struct halves {
    int *a;
    float *v, scale, back;
} halves;

enum { A16_MOST = 32639, A8_MOST = 127 * 127 };

/* From v of 16 columns: their integers times their step. */
static void round_a8(int *a, const float *v) {
    float top = 0;
    int step = 1;
    for (size_t i = 0; i < 16; i++)
        top = fmaxf(top, fabsf(v[i]));
    while (step < 127 && (float)(127 * step) < top)
        step++;
    for (size_t i = 0; i < 16; i++)
        a[i] = step * (int)rintf(v[i] / (float)step);
}

static void round_row(halves *h, const float *x, size_t k, int most) {
    float top = 0;
    bool bad = false;
    for (size_t i = 0; i < k; i++) {
        bad = bad || !isfinite(x[i]);
        top = fabsf(x[i]) > top ? fabsf(x[i]) : top;
    }
    const bool tiny = top < ldexpf(1, -60);
    if (tiny)
        top = ldexpf(top, 64);
    for (size_t i = 0; i < k; i++) {
        const float up = tiny ? ldexpf(x[i], 64) : x[i];
        h->v[i] = bad || top == 0 ? 0 : up * ((float)most / top);
        h->a[i] = (int)rintf(h->v[i]);
    }
    for (size_t i = 0; i < k && most == A8_MOST; i += 16)
        round_a8(h->a + i, h->v + i);
    h->scale = bad ? NAN : top / (float)most;
    h->back = tiny ? ldexpf(1, -64) : 1;
}

/* `term` is a column's part of the exact sum of its lane; lanes change every `per` columns. */
static float logit_rounded(const uint8_t *row, const halves *h, size_t k, size_t block, size_t per,
                           float (*scale)(const uint8_t *, size_t), int (*term)(const uint8_t *, size_t)) {
    float lane[16] = {0};
    for (size_t b = 0; b < k; b += block) {
        int64_t sum[16] = {0};
        for (size_t i = b; i < b + block; i++)
            sum[i / per % 16] += (int64_t)term(row, i) * h->a[i];
        for (size_t l = 0; l < 16; l++)
            lane[l] = lane[l] + scale(row, b) * (float)sum[l];
    }
    return oracle_sum(lane, 16) * h->scale * h->back;
}

static void head_rounded(int most, float *y, const uint8_t *w, const float *x, size_t m, size_t k, size_t n,
                         size_t row, size_t block, size_t per, float (*scale)(const uint8_t *, size_t),
                         int (*term)(const uint8_t *, size_t)) {
    halves h = {.a = malloc((k + 1) * sizeof *h.a), .v = malloc((k + 1) * sizeof *h.v)};
    if (!h.a || !h.v)
        abort();
    for (size_t t = 0; t < n; t++) {
        round_row(&h, x + t * k, k, most);
        for (size_t r = 0; r < m; r++)
            y[t * m + r] = logit_rounded(w + r * row, &h, k, block, per, scale, term);
    }
    free(h.a);
    free(h.v);
}

static int term_q6_k(const uint8_t *row, size_t k) {
    return scale_q6_k(row, k) * number_q6_k(row, k);
}

void oracle_head_q8_0_a16(float *y, const uint8_t *w, const float *x, size_t m, size_t k, size_t n) {
    if (k % 32 == 0)
        head_rounded(A16_MOST, y, w, x, m, k, n, k / 32 * 34, 32, 2, half_q8_0, number_q8_0);
}

void oracle_head_q6_k_a16(float *y, const uint8_t *w, const float *x, size_t m, size_t k, size_t n) {
    if (k % 256 == 0)
        head_rounded(A16_MOST, y, w, x, m, k, n, k / 256 * 210, 256, 4, half_q6_k, term_q6_k);
}

void oracle_head_q6_k_a8(float *y, const uint8_t *w, const float *x, size_t m, size_t k, size_t n) {
    if (k % 256 == 0)
        head_rounded(A8_MOST, y, w, x, m, k, n, k / 256 * 210, 256, 4, half_q6_k, term_q6_k);
}
