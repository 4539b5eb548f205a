/* longest.c: the longest rows that each multiplying variant accepts, at the largest sums that they can have. */
#include "registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The limits that variants have on K, and more than the largest: that must be refused. */
static const size_t columns[] = {1u << 21, 1u << 20, 419328, 1u << 17, 65536};

static bool right(const tk_kernel *k, tk_shape s) {
    const size_t weights = s.m * s.k, scratch = k->scratch ? k->scratch(s) : 0;
    int8_t *w = malloc(weights), *q = malloc(s.k);
    void *packed = aligned_alloc(64, (k->layout->size(s) + 63) / 64 * 64);
    tk_args a = {.shape = s, .end = s.m, .w = packed, .x = q, .y = calloc(s.m, 4), .sum = malloc(4)};
    a.scratch = aligned_alloc(64, scratch / 64 * 64 + 64);
    memset(w, 1, weights);
    memset(q, -128, s.k);
    if (k->layout->suit)
        k->layout->suit(w, s);
    *a.sum = -128 * (int32_t)s.k;
    bool good = k->layout->pack(packed, w, s);
    if (good && k->prepare)
        k->prepare(&a);
    if (good)
        k->run(&a);
    for (size_t m = 0; good && m < s.m; m++) {
        int32_t expected = -128 * (int32_t)s.k;
        for (size_t i = 0; k->layout->suit && i < s.k; i++)
            expected += 128 * (1 - w[m * s.k + i]);
        good = ((const int32_t *)a.y)[m] == expected;
    }
    free(w);
    free(q);
    free(packed);
    free(a.y);
    free(a.sum);
    free(a.scratch);
    return good;
}

/* Of 4 rows, or of as many as the layout wants at once. 0: none. */
static tk_shape longest(const tk_kernel *k) {
    for (size_t c = 0; c < sizeof columns / sizeof *columns; c++)
        for (size_t m = 4; m <= 64; m *= 2)
            if (!tk_kernel_refuses(k, (tk_shape){m, columns[c], 1, 0}))
                return (tk_shape){m, columns[c], 1, 0};
    return (tk_shape){0};
}

/* An argument: generic variants are left out, another run has them. */
int main(int argc, char **argv) {
    (void)argv;
    size_t n, tried = 0;
    int bad = 0;
    const tk_kernel *const *all = tk_kernels(&n);
    for (size_t i = 0; i < n; i++) {
        const tk_kernel *k = all[i];
        if ((strcmp(k->op, "gemv") && strcmp(k->op, "gemm")) || tk_isa_state_of(k->isa) != TK_ISA_OK)
            continue;
        if (argc > 1 && !strcmp(k->isa->name, "generic"))
            continue;
        const tk_shape s = longest(k);
        tried++;
        if (s.k > 1u << 20 || !s.k || !right(k, s)) {
            printf("%s: right sums and a limit of at most 1048576 were expected at K = %zu\n", k->name, s.k);
            bad = 1;
        }
    }
    return bad || !tried;
}
