/* forced.c: what dispatch names is what runs. Linked with variants that were compiled with
 * -finstrument-functions: every function of a kernel file reports its own address as it is entered, so that a
 * descriptor's `run` is seen running, through the pool and under every mask. */
#include "choice.h"
#include "pool.h"
#include "registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { M = 8, K = 256 };
static const tk_kernel *entered; /* whose run was entered last */
static unsigned entries;

void __cyg_profile_func_enter(void *function, void *from);
void __cyg_profile_func_exit(void *function, void *from);
__attribute__((no_instrument_function)) void __cyg_profile_func_enter(void *function, void *from) {
    static bool inside; /* tk_kernels is instrumented, too */
    size_t n;
    (void)from;
    if (inside)
        return;
    inside = true;
    const tk_kernel *const *k = tk_kernels(&n);
    for (size_t i = 0; i < n; i++)
        if ((void *)(uintptr_t)k[i]->run == function) {
            entered = k[i];
            entries++;
        }
    inside = false;
}
__attribute__((no_instrument_function)) void __cyg_profile_func_exit(void *function, void *from) {
    (void)function;
    (void)from;
}

/* The variant that ran for gemv 8x256 under this mask; the answer is checked as well. */
static const tk_kernel *ran(tk_pool *pool, const tk_kernel *picked) {
    static uint8_t w[M * K] __attribute__((aligned(64)));
    static int8_t plain[M * K], q[K];
    int32_t y[M], sum = 0;
    tk_shape shape = {M, K, 1, 0};
    for (int i = 0; i < M * K; i++)
        plain[i] = (int8_t)(i * 7 % 3 - 1);
    for (int i = 0; i < K; i++)
        sum += q[i] = (int8_t)(i * 31 % 255 - 127);
    picked->layout->pack(w, plain, shape);
    void *scratch = aligned_alloc(64, (picked->scratch ? picked->scratch(shape) : 0) / 64 * 64 + 64);
    tk_args a = {.shape = shape, .end = M, .w = w, .x = q, .y = y, .sum = &sum, .scratch = scratch};
    entered = NULL;
    entries = 0;
    tk_pool_kernel(pool, picked, &a, M, true, true);
    free(scratch);
    for (int m = 0; m < M; m++) {
        int32_t want = 0;
        for (int k = 0; k < K; k++)
            want += plain[m * K + k] * q[k];
        if (y[m] != want)
            return NULL;
    }
    return entries == 1 ? entered : NULL;
}

int main(void) {
    size_t n;
    const tk_isa *const *isa = tk_isas(&n);
    tk_pool *pool = tk_pool_new(1);
    int bad = 0, rows = 0;
    for (size_t i = 0; i < n; i++) {
        tk_isa_mask(isa[i]->name);
        const tk_kernel *k = tk_dispatch("gemv", "i2s", (tk_shape){M, K, 1, 0}, NULL), *found = ran(pool, k);
        bool own = k->isa == isa[i] || !strcmp(k->isa->name, "generic");
        if (found != k || !own)
            printf("%s: %s was picked, %s ran\n", isa[i]->name, k->name,
                   found ? found->name : "something else"),
                bad++;
        rows += k->isa == isa[i];
    }
    tk_pool_free(pool);
    printf("note: %d ISA rows forced and seen running\n", rows);
    return bad || !rows;
}
