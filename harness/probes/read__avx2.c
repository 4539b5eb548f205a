#include "harness/probe.h"

extern const tk_isa tk_isa_avx2;
extern const tl_probe tl_probe_read__avx2;

#define LOAD256(at)                                                                                            \
    __asm__ volatile("vmovdqa (%0), %%ymm0\n vmovdqa 32(%0), %%ymm1\n vmovdqa 64(%0), %%ymm2\n"                \
                     "vmovdqa 96(%0), %%ymm3\n vmovdqa 128(%0), %%ymm4\n vmovdqa 160(%0), %%ymm5\n"            \
                     "vmovdqa 192(%0), %%ymm6\n vmovdqa 224(%0), %%ymm7"                                       \
                     :                                                                                         \
                     : "r"(at)                                                                                 \
                     : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7")

static void read(const uint8_t *p, size_t bytes, unsigned streams, bool prefetch) {
    TL_READ_FORMS(p, bytes, streams, prefetch)
    __asm__ volatile("vzeroupper");
}

const tl_probe tl_probe_read__avx2 = {.name = "read__avx2",
                                      .isa = &tk_isa_avx2,
                                      .kind = TL_PROBE_READ,
                                      .instruction = "vmovdqa ymm",
                                      .bits = 256,
                                      .read = read};
