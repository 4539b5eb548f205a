/* registry.h: every variant that was built, and which of them dispatch may use. */
#ifndef TK_REGISTRY_H
#define TK_REGISTRY_H

#include "kernel.h"

/* All built variants, sorted by name; *count of them. The array lives for ever. */
const tk_kernel *const *tk_kernels(size_t *count);

/* The variant of this name, or NULL. */
const tk_kernel *tk_kernel_find(const char *name);

/* All ISA rows known on this architecture, weakest first. */
const tk_isa *const *tk_isas(size_t *count);
const tk_isa *tk_isa_find(const char *name);

typedef enum tk_isa_state {
    TK_ISA_OK,            /* announced, executed, right answer */
    TK_ISA_NOT_ANNOUNCED, /* CPUID/HWCAP does not claim it */
    TK_ISA_FAULTS,        /* announced, but executing it raised SIGILL */
    TK_ISA_WRONG,         /* announced, executed, wrong answer */
    TK_ISA_MASKED,        /* present, but hidden by tk_isa_mask */
} tk_isa_state;

/* What this CPU really does with the row (probed once, by executing it); the mask is applied on top. */
tk_isa_state tk_isa_state_of(const tk_isa *);
const char *tk_isa_state_text(tk_isa_state);
bool tk_isa_present(const tk_isa *); /* executable here, masked or not */

/* Who made this CPU ("GenuineIntel", "ARM", "unknown"), and what it calls itself: brand string, and
 * family/model/stepping or the main ID register. */
const char *tk_cpu_vendor(void);
void tk_cpu_name(char *brand, char *id, size_t n);

/* Allow only the rows in a comma-separated list ("avx2,generic"); NULL or "" allows all. "generic" is always
 * allowed. Returns NULL, or the token that is no ISA row (static storage until the next call). */
const char *tk_isa_mask(const char *list);

/* NULL if the kernel can run `shape` here, else the reason in words. A shape of all zeros asks about ISA only.
 */
const char *tk_kernel_refuses(const tk_kernel *, tk_shape shape);

/* What dispatch picks for (op, format, shape) on one thread; choice.h says by which rules, and has the call
 * that tells why. format NULL = any. `fallback` (may be NULL) is set to the ISA row that the CPU announces but
 * could not execute, when a better variant was lost because of that. NULL if nothing fits. */
const tk_kernel *tk_dispatch(const char *op, const char *format, tk_shape shape, const tk_isa **fallback);

/* Bytes of the first CPU's data or unified cache of this level (1 to 3); 0: there is none, or nobody says. */
size_t tk_cache_bytes(unsigned level);

/* Bytes of all last-level caches together (a package has one or many, each shared by some CPUs); 0 if unknown.
 */
size_t tk_llc_bytes(void);

#endif
