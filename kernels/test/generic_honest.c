/* generic_honest.c: a baseline that is slower than the plain loop anybody would write makes every speed-up a
 * lie. The registered generic variants against plain loops, compiled here; over 10 % slower fails. */
#include "registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { K = 4096, M = 64, ROUNDS = 41 };

#define PLAIN                                                                                                  \
    __attribute__((noinline, optimize("O3", "no-tree-vectorize", "no-tree-slp-vectorize"))) static void

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
PLAIN plain_gemv(const tk_args *a) {
    const uint8_t *w = a->w;
    const int8_t *q = a->x;
    for (size_t m = a->begin; m < a->end; m++) {
        int32_t sum = 0;
        for (size_t k = 0; k < a->shape.k; k++) {
            size_t e = m * a->shape.k + k;
            sum += (w[32 * (e / 128) + e % 32] >> (6 - 2 * (e % 128 / 32)) & 3) * q[k];
        }
        ((int32_t *)a->y)[m] = sum - a->sum[0];
    }
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
    bad |= compare("gemv_i2s__generic", plain_gemv, &gemv, 1);
    free(scratch);
    return bad;
}
