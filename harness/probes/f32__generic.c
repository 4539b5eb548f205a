#include "harness/probe.h"

extern const tk_isa tk_isa_generic;
extern const tl_probe tl_probe_f32__generic;

/* Four independent scalar multiplies a step; the barrier keeps the compiler from folding them. */
static void loop(uint64_t n) {
    float x = 1.0f, a = 0, b = 0, c = 0, d = 0;
    for (; n; n--) {
        __asm__ volatile("" : "+m"(x));
        float v = x;
        a = v * 3.0f, b = v * 5.0f, c = v * 7.0f, d = v * 9.0f;
        __asm__ volatile("" : "+m"(a), "+m"(b), "+m"(c), "+m"(d));
    }
}

const tl_probe tl_probe_f32__generic = {.name = "f32__generic",
                                        .isa = &tk_isa_generic,
                                        .kind = TL_PROBE_F32,
                                        .instruction = "scalar multiply",
                                        .bits = 32,
                                        .ops = 4,
                                        .loop = loop};
