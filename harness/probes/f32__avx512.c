#include "harness/probe.h"

extern const tk_isa tk_isa_avx512;
extern const tl_probe tl_probe_f32__avx512;

/* Twelve independent accumulators: enough to hide the latency at two instructions a cycle. */
#define ONE(d) "vmulps %%zmm14, %%zmm15, %%zmm" #d "\n"

static void loop(uint64_t n) {
    __asm__ volatile("1:\n" ONE(0) ONE(1) ONE(2) ONE(3) ONE(4) ONE(5) ONE(6) ONE(7) ONE(8) ONE(9) ONE(10)
                         ONE(11) "dec %0\n jnz 1b\n vzeroupper"
                     : "+r"(n)
                     :
                     : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",
                       "xmm11", "xmm14", "xmm15");
}

const tl_probe tl_probe_f32__avx512 = {.name = "f32__avx512",
                                       .isa = &tk_isa_avx512,
                                       .kind = TL_PROBE_F32,
                                       .instruction = "vmulps zmm",
                                       .bits = 512,
                                       .ops = 12.0 * 16,
                                       .loop = loop};
