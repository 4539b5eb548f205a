#include "harness/probe.h"

extern const tk_isa tk_isa_avx2;
extern const tl_probe tl_probe_int8__avx2;

/* maddubs into 16 bits, then an add: what AVX2 must spend on 32 int8 products. Six independent sums. */
#define ONE(d, t) "vpmaddubsw %%ymm14, %%ymm15, %%ymm" #t "\n vpaddw %%ymm" #t ", %%ymm" #d ", %%ymm" #d "\n"

static void loop(uint64_t n) {
    __asm__ volatile("1:\n" ONE(0, 6) ONE(1, 7) ONE(2, 8) ONE(3, 9) ONE(4, 10)
                         ONE(5, 11) "dec %0\n jnz 1b\n vzeroupper"
                     : "+r"(n)
                     :
                     : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",
                       "xmm11", "xmm14", "xmm15");
}

const tl_probe tl_probe_int8__avx2 = {.name = "int8__avx2",
                                      .isa = &tk_isa_avx2,
                                      .kind = TL_PROBE_INT8,
                                      .instruction = "vpmaddubsw ymm + vpaddw ymm",
                                      .bits = 256,
                                      .ops = 6.0 * 32,
                                      .loop = loop};
