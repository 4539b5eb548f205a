/* registry.c: the list of variants, written by the Makefile from the file names. */
#include "registry.h"

#include <string.h>

#define K(symbol) extern const tk_kernel symbol;
#include "registry.inc"
#undef K

static const tk_kernel *const all[] = {
#define K(symbol) &symbol,
#include "registry.inc"
#undef K
};

const tk_kernel *const *tk_kernels(size_t *count) {
    *count = sizeof all / sizeof *all;
    return all;
}

const tk_kernel *tk_kernel_find(const char *name) {
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (!strcmp(all[i]->name, name))
            return all[i];
    return NULL;
}

const char *tk_kernel_refuses(const tk_kernel *kernel, tk_shape shape) {
    tk_isa_state state = tk_isa_state_of(kernel->isa);
    if (state != TK_ISA_OK)
        return tk_isa_state_text(state);
    if (!shape.m && !shape.k && !shape.n)
        return NULL;
    const char *reason = kernel->layout ? kernel->layout->reject(shape) : NULL;
    if (!reason && kernel->reject)
        reason = kernel->reject(shape);
    return reason;
}
