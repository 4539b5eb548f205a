/* calls.c: calls one variant of a product over and over, and does nothing else: no harness, no clock. Whoever
 * starts it takes the time of the whole process, three times as many calls less as many, and so what `bench`
 * prints is compared with a time that owes it nothing (bench.sh).
 *
 *   calls VARIANT M K N CALLS */
#include "kernel.h"
#include "registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { PAGE = 2 << 20 };

/* From one block in pages of 2 MiB, for which of the L2's sets small ones share is chance. No two arrays begin
 * at the same place of a page: loads and stores that are a power of two apart get into each other's way. */
static void *memory(size_t bytes) {
    static char *block;
    static size_t used;
    const size_t room = 16 * PAGE;
    if (!block && (block = aligned_alloc(PAGE, room))) {
        madvise(block, room, MADV_HUGEPAGE);
        memset(block, 0, room);
    }
    void *p = block + used;
    used += bytes / 64 * 64 + 64 * 17 + 8192;
    if (!block || used > room)
        exit(3);
    return p;
}

static uint64_t state = 1;
static unsigned below(unsigned n) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(state >> 33) % n;
}

int main(int argc, char **argv) {
    const tk_kernel *k = argc == 6 ? tk_kernel_find(argv[1]) : NULL;
    if (!k || !k->layout || tk_isa_state_of(k->isa) != TK_ISA_OK)
        return 2;
    const tk_shape s = {strtoul(argv[2], NULL, 10), strtoul(argv[3], NULL, 10), strtoul(argv[4], NULL, 10), 0};
    int8_t *w = memory(s.m * s.k), *x = memory(s.n * s.k);
    int32_t *sum = memory(s.n * sizeof *sum);
    void *packed = memory(k->layout->size(s));
    for (size_t i = 0; i < s.m * s.k; i++)
        w[i] = (int8_t)((int)below(3) - 1);
    for (size_t i = 0; i < s.n * s.k; i++)
        sum[i / s.k] += x[i] = (int8_t)((int)below(256) - 128);
    if (tk_kernel_refuses(k, s) || !k->layout->pack(packed, w, s))
        return 2;
    const tk_args a = {.shape = s,
                       .end = s.m,
                       .w = packed,
                       .x = x,
                       .sum = sum,
                       .y = memory(s.n * s.m * sizeof(int32_t)),
                       .scratch = memory(k->scratch ? k->scratch(s) : 0)};
    if (k->prepare)
        k->prepare(&a);
    for (unsigned long i = strtoul(argv[5], NULL, 10); i; i--)
        k->run(&a);
    return 0;
}
