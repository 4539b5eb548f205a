#include "harness/probe.h"

#include <string.h>

extern const tk_isa tk_isa_generic;
extern const tl_probe tl_probe_read__generic;

/* Eight-byte loads that the compiler may neither drop nor widen. */
#define LOAD256(at)                                                                                            \
    for (int j_ = 0; j_ < 32; j_++) {                                                                          \
        uint64_t v_ = ((const volatile uint64_t *)(const void *)(at))[j_];                                     \
        (void)v_;                                                                                              \
    }

static void read(const uint8_t *p, size_t bytes, unsigned streams, bool prefetch) {
    TL_READ_FORMS(p, bytes, streams, prefetch)
}

const tl_probe tl_probe_read__generic = {.name = "read__generic",
                                         .isa = &tk_isa_generic,
                                         .kind = TL_PROBE_READ,
                                         .instruction = "64-bit load",
                                         .bits = 64,
                                         .read = read};
