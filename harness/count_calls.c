/* count_calls.c: see count_calls.h. */
#include "harness/count_calls.h"
#include "harness/cli.h"
#include "kernels/registry.h"

#include <stdlib.h>
#include <string.h>

static void *buffer(size_t bytes) {
    const size_t whole = bytes / 64 * 64 + 64;
    void *p = aligned_alloc(64, whole);
    if (p)
        memset(p, 0, whole);
    return p;
}

/* The case's arrays where the kernel will find them, weights packed. NULL: good, or why not. */
static const char *place(const tk_kernel *k, const tl_case *c, tk_args *a, void *at[TL_MAX_ARRAYS]) {
    *a = (tk_args){.shape = c->shape, .end = c->op->extent(c->shape)};
    for (int i = 0; i < c->op->narrays; i++) {
        const tl_array_spec *s = &c->op->arrays[i];
        const bool packed = s->role == TL_WEIGHT && k->layout;
        const size_t bytes = packed ? k->layout->size(c->shape) : s->count(c->shape) * tl_type_size(s->type);
        if (!(at[i] = buffer(bytes)))
            return "memory was short";
        if (packed && k->layout->suit)
            k->layout->suit(c->data[i], c->shape);
        if (packed && !k->layout->pack(at[i], c->data[i], c->shape))
            return "the layout does not hold these weights";
        if (!packed && s->role != TL_OUT)
            memcpy(at[i], c->data[i], bytes);
        *(void **)(void *)((char *)a + s->field) = at[i];
    }
    a->scratch = buffer(k->scratch ? k->scratch(c->shape) : 0);
    return a->scratch ? NULL : "memory was short";
}

/* One call before, so that nothing is done for the first time; then the two windows. */
static const char *count_case(const tk_kernel *k, tk_shape shape) {
    const tl_op *op = tl_op_find(k->op);
    tl_case *c = tl_case_filled(op, shape, 1);
    void *at[TL_MAX_ARRAYS] = {NULL};
    tk_args a = {.scratch = NULL};
    const char *why = c ? place(k, c, &a, at) : "memory was short";
    if (!why) {
        if (k->prepare)
            k->prepare(&a);
        k->run(&a);
        tl_counted_calls(k, &a, 0);
        tl_counted_calls(k, &a, 1);
    }
    for (int i = 0; i < op->narrays; i++)
        free(at[i]);
    free(a.scratch);
    tl_case_free(c);
    return why;
}

static const char *why_not(const tk_kernel *k, tk_shape s) {
    if (!k)
        return "no such variant";
    if (tk_isa_state_of(k->isa) != TK_ISA_OK)
        return "its instructions do not run there";
    return !s.m || !s.k || !s.n ? "no such shape" : tk_kernel_refuses(k, s);
}

static void nothing(const tk_args *a) {
    (void)a;
}

int tl_count_here(const char *list) {
    static const tk_kernel empty = {.run = nothing};
    const tk_args none = {.end = 0};
    for (unsigned i = 0; i < 3; i++) /* the window for nothing, and the empty pair */
        tl_counted_calls(&empty, &none, i / 2);
    for (const char *p = list; *p;) {
        char name[64];
        tk_shape s = {0};
        int end = 0;
        if (sscanf(p, "%63[a-z0-9_]:%zux%zux%zux%zu%n", name, &s.m, &s.k, &s.n, &s.g, &end) != 5 ||
            (p[end] && p[end] != ','))
            return tl_bad("--here", "NAME:MxKxNxG with commas between was expected, found \"%.80s\"", p);
        const tk_kernel *k = tk_kernel_find(name);
        const char *why = why_not(k, s);
        if (!why)
            why = count_case(k, s);
        printf("%s%s\n", why ? "no " : "ok", why ? why : "");
        fflush(stdout);
        p += end + (p[end] == ',');
    }
    return TL_GOOD;
}
