/* tl1.c: TL1, two weights in four bits (bitnet.cpp, for ARM): tl.h says where they lie. The file format appends
 * an f32 scale and 28 unused bytes; here are the codes only. */
#include "layouts/tl.h"

#include <string.h>

static const char *reject(tk_shape s) {
    return s.m && s.k && !tk_tl1_tiling(s).bm ? "no TL1 tiling: M must be a multiple of 32, K of 32" : NULL;
}

static size_t size(tk_shape s) {
    return s.m * (s.k / 4);
}

static size_t row_bytes(tk_shape s) {
    return s.k / 4;
}

static bool pack(void *dst, const int8_t *w, tk_shape s) {
    const tk_tiling t = tk_tl1_tiling(s);
    uint8_t *out = dst;
    memset(out, 0, size(s));
    for (size_t m = 0; m < s.m; m++)
        for (size_t p = 0; p < s.k / 2; p++) {
            const int a = w[m * s.k + 2 * p], b = w[m * s.k + 2 * p + 1];
            bool high;
            const size_t at = tk_tl1_byte(s, t, m, p, &high);
            if (a < -1 || a > 1 || b < -1 || b > 1)
                return false;
            out[at] |= (uint8_t)((3 * a + b + 4) << (high ? 4 : 0));
        }
    return true;
}

void tk_tl1_unpack(int8_t *w, const void *src, tk_shape s, tk_tiling t) {
    for (size_t m = 0; m < s.m; m++)
        for (size_t p = 0; p < s.k / 2; p++) {
            bool high;
            const unsigned byte = ((const uint8_t *)src)[tk_tl1_byte(s, t, m, p, &high)],
                           index = byte >> (high ? 4 : 0) & 15;
            w[m * s.k + 2 * p] = (int8_t)((int)(index / 3) - 1); /* 9 to 15 are never written: up to +4 */
            w[m * s.k + 2 * p + 1] = (int8_t)((int)(index % 3) - 1);
        }
}

static void unpack(int8_t *w, const void *src, tk_shape s) {
    tk_tl1_unpack(w, src, s, tk_tl1_tiling(s));
}

const tk_layout tk_layout_tl1 = {.name = "tl1",
                                 .bits_per_weight = 2,
                                 .align = 1,
                                 .reject = reject,
                                 .size = size,
                                 .row_bytes = row_bytes,
                                 .pack = pack,
                                 .unpack = unpack};
