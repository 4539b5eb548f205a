/* mca_count.c: what ci/mca needs to know of a kernel's loops that no disassembly tells.
 *
 *   mca_count trace KERNEL MxKxN LOW BYTES   one call of run; x86-64: single steps, prints the address of every
 *                                            instruction between LOW and LOW + BYTES in the order of execution.
 *                                            Elsewhere it only runs: QEMU's log is the trace, and the two
 *                                            arrivals at `stepping` say what of it is the call.
 *   mca_count cycles KERNEL MxKxN            core cycles of a call, data in the nearest caches: its time
 * against that of dependent multiplications, three cycles each, by turns
 *
 * Linked statically at fixed addresses, so that addresses of the link map are addresses here. */
#include "kernels/registry.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <ucontext.h>

enum { MOST = 1 << 24 }; /* instructions of a trace */
static uint64_t low, bytes;
static uint32_t *seen;
static size_t nseen;

#if defined(__x86_64__)
static void on_step(int sig, siginfo_t *info, void *context) {
    uint64_t at = (uint64_t)((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP] - low;
    (void)sig;
    (void)info;
    if (at < bytes && nseen < MOST)
        seen[nseen++] = (uint32_t)at;
}
/* The trap flag; this file is compiled without a red zone, which the push would overwrite. */
__attribute__((noinline)) static void stepping(bool on) {
    if (on)
        __asm__ volatile("pushfq\n orq $0x100, (%%rsp)\n popfq" ::: "cc", "memory");
    else
        __asm__ volatile("pushfq\n andq $~0x100, (%%rsp)\n popfq" ::: "cc", "memory");
}
/* n dependent multiplications, 3 cycles each on every Intel core since 2008 and every AMD core since Zen
 * (additions will not do: newer cores fold a chain of them), in blocks of 16 so that the loop itself costs
 * nothing. */
static void chain(unsigned n) {
    uint64_t x = 3;
    for (unsigned i = 0; i < n / 16; i++)
        __asm__ volatile(".rept 16\n imulq %0, %0\n .endr" : "+r"(x));
}
static const bool native = true;
#else
__attribute__((noinline)) static void stepping(bool on) {
    __asm__ volatile("" ::"r"(on)); /* so that the calls are not left out */
}
static void on_step(int sig, siginfo_t *info, void *context) {
    (void)sig;
    (void)info;
    (void)context;
}
static void chain(unsigned n) {
    (void)n;
}
static const bool native = false;
#endif

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* The arguments of gemv and of what is like it: packed weights, int8 activations and their sums. */
static tk_args arguments(const tk_kernel *k, tk_shape s) {
    int8_t *plain = malloc(s.m * s.k), *x = malloc(s.n * s.k);
    int32_t *sum = calloc(s.n, sizeof *sum), *y = calloc(s.n * s.m, sizeof *y);
    float *scale = calloc(s.n, sizeof *scale); /* gemv_lossy writes one a token */
    uint8_t *w = aligned_alloc(64, k->layout->size(s) / 64 * 64 + 64);
    void *scratch = aligned_alloc(64, (k->scratch ? k->scratch(s) : 0) / 64 * 64 + 64);
    uint32_t seed = 1;
    if (!plain || !x || !sum || !y || !scale || !w || !scratch)
        exit(2);
    for (size_t i = 0; i < s.m * s.k; i++)
        plain[i] = (int8_t)(((seed = seed * 1664525 + 1013904223) >> 16) % 3) - 1;
    for (size_t i = 0; i < s.n * s.k; i++)
        sum[i / s.k] += x[i] = (int8_t)((seed = seed * 1664525 + 1013904223) >> 16) % 127;
    k->layout->pack(w, plain, s);
    free(plain);
    tk_args a = {
        .shape = s, .end = s.m, .w = w, .x = x, .y = y, .scale = scale, .sum = sum, .scratch = scratch};
    if (k->prepare)
        k->prepare(&a);
    return a;
}

static int trace(const tk_kernel *k, const tk_args *a) {
    struct sigaction step = {.sa_sigaction = on_step, .sa_flags = SA_SIGINFO};
    sigemptyset(&step.sa_mask);
    sigaction(SIGTRAP, &step, NULL);
    seen = malloc(MOST * sizeof *seen);
    if (!seen)
        return 2;
    stepping(true);
    k->run(a);
    stepping(false);
    for (size_t i = 0; i < nseen; i++)
        printf("%llx\n", (unsigned long long)(low + seen[i]));
    return 0;
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Median over the turns of (time of a call) / (time of a cycle). */
static int cycles(const tk_kernel *k, const tk_args *a) {
    enum { TURNS = 61, LINKS = 16384, CALLS = 8 };
    double ratio[TURNS];
    for (int i = 0; i < TURNS; i++) {
        double t0 = now();
        chain(LINKS);
        double t1 = now();
        for (int c = 0; c < CALLS; c++)
            k->run(a);
        ratio[i] = (now() - t1) / CALLS / ((t1 - t0) / (3.0 * LINKS));
    }
    qsort(ratio, TURNS, sizeof *ratio, by_size);
    printf("%.1f\n", ratio[TURNS / 2]);
    return 0;
}

int main(int argc, char **argv) {
    tk_shape s = {0};
    const tk_kernel *k = argc > 3 ? tk_kernel_find(argv[2]) : NULL;
    bool steps = argc == 6 && !strcmp(argv[1], "trace"), times = argc == 4 && !strcmp(argv[1], "cycles");
    if (!k || (!steps && !times) || sscanf(argv[3], "%zux%zux%zu", &s.m, &s.k, &s.n) != 3 || !k->layout)
        return fprintf(stderr, "mca_count: KERNEL MxKxN was expected, found something else\n"), 2;
    const char *refused = tk_kernel_refuses(k, s);
    if (refused)
        return printf("refused: %s\n", refused), 3;
    if (times && !native)
        return printf("refused: nothing is timed under QEMU\n"), 3;
    tk_args a = arguments(k, s);
    if (times)
        return cycles(k, &a);
    low = strtoull(argv[4], NULL, 16);
    bytes = strtoull(argv[5], NULL, 10);
    return trace(k, &a);
}
