#include "harness/probe.h"

extern const tk_isa tk_isa_avx512;
extern const tl_probe tl_probe_read__avx512;

#define LOAD256(at)                                                                                            \
    __asm__ volatile("vmovdqa64 (%0), %%zmm0\n vmovdqa64 64(%0), %%zmm1\n vmovdqa64 128(%0), %%zmm2\n"         \
                     "vmovdqa64 192(%0), %%zmm3"                                                               \
                     :                                                                                         \
                     : "r"(at)                                                                                 \
                     : "xmm0", "xmm1", "xmm2", "xmm3")

static void read(const uint8_t *p, size_t bytes, unsigned streams, bool prefetch) {
    TL_READ_FORMS(p, bytes, streams, prefetch)
    __asm__ volatile("vzeroupper");
}

const tl_probe tl_probe_read__avx512 = {.name = "read__avx512",
                                        .isa = &tk_isa_avx512,
                                        .kind = TL_PROBE_READ,
                                        .instruction = "vmovdqa64 zmm",
                                        .bits = 512,
                                        .read = read};
