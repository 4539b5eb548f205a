#include "harness/probe.h"

extern const tk_isa tk_isa_amx;
extern const tl_probe tl_probe_tile__amx;

/* Four independent tiles of sums: 4 x 16 cycles a turn, more than the latency of 52. */
static void loop(uint64_t n) {
    static const struct {
        uint8_t palette, zero[15];
        uint16_t row_bytes[16];
        uint8_t rows[16];
    } config = {1, {0}, {64, 64, 64, 64, 64, 64}, {16, 16, 16, 16, 16, 16}};
    __asm__ volatile("ldtilecfg %1\n"
                     "1:\n tdpbusd %%tmm5, %%tmm4, %%tmm0\n tdpbusd %%tmm5, %%tmm4, %%tmm1\n"
                     "tdpbusd %%tmm5, %%tmm4, %%tmm2\n tdpbusd %%tmm5, %%tmm4, %%tmm3\n dec %0\n jnz 1b\n"
                     "tilerelease"
                     : "+r"(n)
                     : "m"(config));
}

const tl_probe tl_probe_tile__amx = {.name = "tile__amx",
                                     .isa = &tk_isa_amx,
                                     .kind = TL_PROBE_TILE,
                                     .instruction = "tdpbusd 16x64x16",
                                     .bits = 8192,
                                     .ops = 4.0 * 16 * 64 * 16,
                                     .loop = loop};
