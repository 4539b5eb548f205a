/* tl2.c: TL2, three weights in five bits (bitnet.cpp, for x86): a nibble says which of 14 sums of three
 * activations, up to its sign, a bit the sign. What is left of K behind whole tiles is held as TL1's pairs.
 *
 *   triples   vector of 32 bytes = 32 rows x 2 triples (the first in the upper nibble)
 *   signs     16-bit word c of 8 triples: bit 15 - 2q for row c, 14 - 2q for row c + 16
 *   pairs     as the triples, 32 columns a tile
 *
 * The file format appends an f32 scale; here are the codes only. */
#include "layouts/tl.h"

#include <stdlib.h>
#include <string.h>

static const char *reject(tk_shape s) {
    return s.m && s.k && !tk_tl2_tiling(s).bm ? "no TL2 tiling: M must be a multiple of 32, K of 32" : NULL;
}

static size_t size(tk_shape s) {
    return s.m && s.k ? tk_tl2_split(s, tk_tl2_tiling(s)).end : 0;
}

static size_t row_bytes(tk_shape s) {
    return s.m ? (size(s) + s.m - 1) / s.m : 0;
}

/* Number of the 32-row, `columns` wide block that row m and this column lie in. */
static size_t block(const tk_tiling *t, size_t k, size_t columns, size_t m, size_t column) {
    return (m / t->bm_tile * (k / columns) + column / columns) * (t->bm_tile / 32) + m % t->bm_tile / 32;
}

/* Where triple p of row m lies: byte of its nibble, byte and bit of its sign. */
typedef struct place {
    size_t nibble, sign;
    unsigned shift, bit;
} place;

static place triple(const tk_tiling *t, const tk_tl2_parts *at, size_t m, size_t p) {
    const size_t pb = p % (t->by_tile / 3), blk = block(t, at->k3, t->by_tile, m, 3 * p), r = m % 32;
    const unsigned bit = (unsigned)(15 - 2 * (pb % 8) - (r >= 16));
    return (place){(blk * (t->by_tile / 6) + pb / 2) * 32 + tk_tl2_row(r),
                   at->signs + (blk * (t->by_tile / 24) + pb / 8) * 32 + 2 * (r % 16) + bit / 8, pb % 2 ? 0 : 4,
                   bit % 8};
}

static size_t pair(const tk_tiling *t, const tk_tl2_parts *at, size_t m, size_t p) {
    return at->pairs + (block(t, at->k2, 32, m, 2 * p) * 8 + p % 16 / 2) * 32 + tk_tl2_row(m % 32);
}

static bool pack(void *dst, const int8_t *w, tk_shape s) {
    uint8_t *out = dst;
    if (!size(s))
        return true;
    const tk_tiling t = tk_tl2_tiling(s);
    const tk_tl2_parts at = tk_tl2_split(s, t);
    memset(out, 0, at.end);
    for (size_t i = 0; i < s.m * s.k; i++)
        if (w[i] < -1 || w[i] > 1)
            return false;
    for (size_t m = 0; m < s.m; m++, w += s.k) {
        for (size_t p = 0; p < at.k3 / 3; p++) {
            const int v = 9 * w[3 * p] + 3 * w[3 * p + 1] + w[3 * p + 2];
            const place x = triple(&t, &at, m, p);
            out[x.nibble] |= (uint8_t)(abs(v) << x.shift);
            out[x.sign] |= (uint8_t)((v < 0) << x.bit);
        }
        for (size_t p = 0; p < at.k2 / 2; p++)
            out[pair(&t, &at, m, p)] |=
                (uint8_t)((3 * w[at.k3 + 2 * p] + w[at.k3 + 2 * p + 1] + 4) << (p % 2 ? 0 : 4));
    }
    return true;
}

/* |v| <= 13 as digits of -1, 0, +1; 14 and 15 are never written: digits up to +2. */
static void three(int8_t *w, int v, bool negative) {
    const int first = (v + 4) / 9, rest = v - 9 * first, second = (rest + 4) / 3 - 1, third = rest - 3 * second;
    w[0] = (int8_t)(negative ? -first : first);
    w[1] = (int8_t)(negative ? -second : second);
    w[2] = (int8_t)(negative ? -third : third);
}

void tk_tl2_unpack(int8_t *w, const void *src, tk_shape s, tk_tiling t) {
    const uint8_t *in = src;
    const tk_tl2_parts at = tk_tl2_split(s, t);
    for (size_t m = 0; m < s.m; m++, w += s.k) {
        for (size_t p = 0; p < at.k3 / 3; p++) {
            const place x = triple(&t, &at, m, p);
            three(w + 3 * p, in[x.nibble] >> x.shift & 15, in[x.sign] >> x.bit & 1);
        }
        for (size_t p = 0; p < at.k2 / 2; p++) {
            const unsigned index = in[pair(&t, &at, m, p)] >> (p % 2 ? 0 : 4) & 15;
            w[at.k3 + 2 * p] = (int8_t)((int)(index / 3) - 1);
            w[at.k3 + 2 * p + 1] = (int8_t)((int)(index % 3) - 1);
        }
    }
}

static void unpack(int8_t *w, const void *src, tk_shape s) {
    if (size(s))
        tk_tl2_unpack(w, src, s, tk_tl2_tiling(s));
}

const tk_layout tk_layout_tl2 = {.name = "tl2",
                                 .bits_per_weight = 1.6667f,
                                 .align = 1,
                                 .reject = reject,
                                 .size = size,
                                 .row_bytes = row_bytes,
                                 .pack = pack,
                                 .unpack = unpack};
