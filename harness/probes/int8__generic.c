#include "harness/probe.h"

extern const tk_isa tk_isa_generic;
extern const tl_probe tl_probe_int8__generic;

/* One scalar multiply-accumulate a step, four independent sums; the barrier keeps the compiler from folding. */
static void loop(uint64_t n) {
    uint32_t a = 1, b = 2, c = 3, d = 4, x = 5;
    for (; n; n--) {
        __asm__ volatile("" : "+r"(x));
        a += x * 3u, b += x * 5u, c += x * 7u, d += x * 9u;
        __asm__ volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d));
    }
}

const tl_probe tl_probe_int8__generic = {.name = "int8__generic",
                                         .isa = &tk_isa_generic,
                                         .kind = TL_PROBE_INT8,
                                         .instruction = "scalar multiply-add",
                                         .bits = 32,
                                         .ops = 4,
                                         .loop = loop};
