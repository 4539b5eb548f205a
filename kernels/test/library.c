/* library.c: dispatch, the pool and the float epilogue, through public headers only. */
#include "pool.h"
#include "registry.h"

#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures;
#define CHECK(what)                                                                                            \
    do {                                                                                                       \
        if (!(what)) {                                                                                         \
            printf("%s:%d: %s\n", __FILE__, __LINE__, #what);                                                  \
            failures++;                                                                                        \
        }                                                                                                      \
    } while (0)

/* Worked example: FORMATS of the I2_S paper trail: x = (0.5, -1, 2.5, -0.015), W of two rows, absmean scale. */
static void epilogue(void) {
    const tk_shape shape = {2, 1, 1, 0};
    int32_t sums[2] = {253 - 100, 150 - 100};
    float y[2], scale = 0.36374998f, a = 50.8f;
    const tk_kernel *k = tk_dispatch("dequant_sums", NULL, shape, NULL);
    const tk_args args = {.shape = shape, .end = 2, .w = &scale, .x = sums, .x2 = &a, .y = y};
    CHECK(k);
    k->run(&args);
    CHECK(fabsf(y[0] - 1.0955462f) < 1e-6f && fabsf(y[1] - 0.35802165f) < 1e-6f);
    CHECK(y[0] == (153.0f / 50.8f) * scale);
    a = NAN;
    k->run(&args);
    CHECK(isnan(y[0]) && isnan(y[1]));
}

static void parts(void) {
    for (size_t total = 0; total < 70; total++)
        for (size_t step = 0; step < 9; step++)
            for (unsigned n = 1; n < 6; n++) {
                size_t at = 0;
                for (unsigned i = 0; i < n; i++) {
                    size_t b, e;
                    tk_part(total, step, i, n, &b, &e);
                    CHECK(b == at && e >= b && (e == total || !step || e % step == 0));
                    at = e;
                }
                CHECK(at == total);
            }
}

static void count_calls(void *ctx, unsigned i, unsigned threads) {
    ((unsigned *)ctx)[i] += threads;
}

static int cpus_allowed(void) {
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) ? -1 : CPU_COUNT(&set);
}

/* Pinned while there is a pool with a CPU for each thread; unpinned at a word, and when it is gone. */
static void pins(void) {
    const int before = cpus_allowed();
    if (before < 2)
        return;
    tk_pool *p = tk_pool_new(2);
    CHECK(p && cpus_allowed() == 1);
    tk_pool_unpin(p);
    CHECK(cpus_allowed() == before);
    tk_pool_free(p);
    CHECK(cpus_allowed() == before);
    p = tk_pool_new(2);
    CHECK(p && cpus_allowed() == 1);
    tk_pool_free(p);
    CHECK(cpus_allowed() == before);
}

static void pool(void) {
    for (unsigned n = 1; n <= 4; n++) {
        tk_pool *p = tk_pool_new(n);
        unsigned calls[4] = {0};
        CHECK(p && tk_pool_threads(p) == n);
        for (int round = 0; p && round < 3000; round++)
            tk_pool_run(p, count_calls, calls);
        for (unsigned i = 0; i < n; i++)
            CHECK(calls[i] == 3000 * n);
        tk_pool_free(p);
    }
}

static void dispatch(void) {
    size_t n;
    const tk_kernel *const *all = tk_kernels(&n);
    tk_shape shape = {64, 256, 1};
    const tk_kernel *k = tk_dispatch("gemv", "i2s", shape, NULL);
    CHECK(n > 0 && k && !(k->flags & (TK_AUTOVEC | TK_SPECIAL)));
    for (size_t i = 0; i < n; i++) {
        CHECK(tk_kernel_find(all[i]->name) == all[i]);
        CHECK(!i || strcmp(all[i - 1]->name, all[i]->name) < 0);
    }
    CHECK(!tk_kernel_find("gemv_i2s__bogus"));
    CHECK(!tk_dispatch("gemv", "i2s", (tk_shape){3200, 8640, 1}, NULL));
    CHECK(!tk_dispatch("bogus", NULL, shape, NULL));
    tk_isa_mask("generic");
    k = tk_dispatch("gemv", "i2s", shape, NULL);
    CHECK(k && !strcmp(k->isa->name, "generic"));
    tk_isa_mask(NULL);
}

int main(void) {
    epilogue();
    parts();
    pins(); /* before any other pool, which might leave its pin behind */
    pool();
    dispatch();
    return failures != 0;
}
