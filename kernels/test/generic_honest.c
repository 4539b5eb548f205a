/* generic_honest.c: a baseline that is slower than the plain loop anybody would write makes every speed-up a
 * lie. The registered generic variants against plain loops, compiled here; over 10 % slower fails. */
#include "registry.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { K = 4096, M = 64, ROUNDS = 41 };

#define PLAIN                                                                                                  \
    __attribute__((noinline,                                                                                   \
                   optimize("O3", "no-tree-vectorize", "no-tree-slp-vectorize", "no-math-errno"))) static void

PLAIN plain_ternary(const tk_args *a) {
    const int8_t *w = a->w;
    const float *x = a->x;
    float *y = a->y;
    for (size_t i = a->begin; i < a->end; i++)
        y[i] = x[i] * (float)(w[i] >= -1 && w[i] <= 1 ? w[i] : 0);
}
PLAIN plain_i2s(const tk_args *a) {
    const int8_t *w = a->w;
    const float *x = a->x;
    float *y = a->y;
    for (size_t i = a->begin; i < a->end; i++)
        y[i] = x[i] * (float)(w[i] >= -2 && w[i] <= 1 ? w[i] : 0);
}
/* The shortest loop of all: right where every weight is a ternary value. */
PLAIN plain_convert(const tk_args *a) {
    const int8_t *w = a->w;
    const float *x = a->x;
    float *y = a->y;
    for (size_t i = a->begin; i < a->end; i++)
        y[i] = x[i] * (float)w[i];
}
PLAIN plain_gemv(const tk_args *a) {
    const uint8_t *w = a->w;
    const int8_t *q = a->x;
    for (size_t m = a->begin; m < a->end; m++) {
        int32_t sum = 0;
        for (size_t k = 0; k < a->shape.k; k += 128)
            for (size_t j = 0; j < 32; j++) {
                unsigned byte = w[(m * a->shape.k + k) / 4 + j];
                sum += (int)(byte >> 6) * q[k + j] + (int)(byte >> 4 & 3) * q[k + 32 + j] +
                       (int)(byte >> 2 & 3) * q[k + 64 + j] + (int)(byte & 3) * q[k + 96 + j];
            }
        ((int32_t *)a->y)[m] = sum - a->sum[0];
    }
}

PLAIN plain_quant_a8(const tk_args *a) {
    for (size_t n = a->begin; n < a->end; n++) {
        const float *x = (const float *)a->x + n * a->shape.k;
        float most = 1e-5f;
        int32_t sum = 0;
        for (size_t k = 0; k < a->shape.k; k++)
            most = fabsf(x[k]) > most ? fabsf(x[k]) : most;
        float s = 127.0f / most;
        for (size_t k = 0; k < a->shape.k; k++) {
            long q = lrintf(x[k] * s);
            q = q > 127 ? 127 : q < -128 ? -128 : q;
            ((int8_t *)a->y)[n * a->shape.k + k] = (int8_t)q;
            sum += (int32_t)q;
        }
        a->scale[n] = s;
        a->sum[n] = sum;
    }
}
PLAIN plain_quant_w158(const tk_args *a) {
    const float *x = a->x;
    size_t count = a->shape.m * a->shape.k;
    float sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += fabsf(x[i]);
    float s = 1.0f / fmaxf(sum / (float)count, 1e-5f);
    for (size_t i = a->begin * a->shape.k; i < a->end * a->shape.k; i++) {
        long q = lrintf(x[i] * s);
        ((int8_t *)a->y)[i] = (int8_t)(q > 1 ? 1 : q < -1 ? -1 : q);
    }
    a->scale[0] = s;
}

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int compare(const char *name, void (*plain)(const tk_args *), const tk_args *a, int calls) {
    const tk_kernel *k = tk_kernel_find(name);
    double ratio[ROUNDS];
    if (!k)
        return printf("%s: expected in the registry, found nothing\n", name);
    if (k->prepare)
        k->prepare(a);
    for (int r = 0; r < ROUNDS; r++) {
        double start = seconds();
        for (int i = 0; i < calls; i++)
            k->run(a);
        double middle = seconds();
        for (int i = 0; i < calls; i++)
            plain(a);
        ratio[r] = (middle - start) / (seconds() - middle);
    }
    qsort(ratio, ROUNDS, sizeof *ratio, by_value);
    printf("%s: %.3f of the plain loop's time\n", name, ratio[ROUNDS / 2]);
    return ratio[ROUNDS / 2] > 1.10;
}

int main(void) {
    static int8_t w[K], q[K];
    static uint8_t packed[M * K / 4];
    static float x[K], y[K];
    static int32_t sum[1], acc[M];
    void *scratch = aligned_alloc(64, 1 << 20);
    for (int i = 0; i < K; i++) {
        w[i] = (int8_t)(rand() % 3 - 1);
        q[i] = (int8_t)(rand() % 255 - 127);
        x[i] = (float)rand() / 1e9f;
        sum[0] += q[i];
    }
    for (int i = 0; i < M * K / 4; i++)
        packed[i] = (uint8_t)(rand() & 0x55);
    tk_args mul = {.shape = {1, K, 1}, .end = K, .w = w, .x = x, .y = y};
    tk_args gemv = {
        .shape = {M, K, 1}, .end = M, .w = packed, .x = q, .y = acc, .sum = sum, .scratch = scratch};
    int bad = compare("ternary_mul_i8__generic", plain_ternary, &mul, 40);
    bad |= compare("i2s_mul_i8__generic", plain_i2s, &mul, 40);
    bad |= compare("ternary_mul_i8__generic", plain_convert, &mul, 40);
    bad |= compare("i2s_mul_i8__generic", plain_convert, &mul, 40);
    bad |= compare("gemv_i2s__generic", plain_gemv, &gemv, 1);
    static int8_t quantised[K];
    static float scale[1];
    tk_args tokens = {
        .shape = {1, K, 1}, .end = 1, .x = x, .y = quantised, .scale = scale, .sum = sum, .scratch = scratch};
    tk_args weights = {
        .shape = {16, K / 16, 1}, .end = 16, .x = x, .y = quantised, .scale = scale, .scratch = scratch};
    bad |= compare("quant_a8_f32__generic", plain_quant_a8, &tokens, 20);
    bad |= compare("quant_w158_f32__generic", plain_quant_w158, &weights, 20);
    free(scratch);
    return bad;
}
