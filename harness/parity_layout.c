/* parity_layout.c: a layout against golden bytes from outside, then round trips and refusals.
 * A round trip alone cannot see a layout that packs and unpacks in the same wrong order. */
#include "harness/parity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool differ(tl_failure *f, tl_detector d, const char *cls, const char *what, size_t at, int expected,
                   int found) {
    f->detector = d;
    snprintf(f->cls, sizeof f->cls, "%s", cls);
    snprintf(f->text, sizeof f->text, "%s[%zu]: expected %d, found %d", what, at, expected, found);
    return false;
}

/* What lies behind a buffer is not the layout's. */
enum { BEHIND = 64, CANARY = 77 };

static bool check_behind(const void *buffer, size_t bytes, const char *what, tl_failure *f) {
    const uint8_t *end = (const uint8_t *)buffer + bytes;
    for (size_t i = 0; i < BEHIND; i++)
        if (end[i] != CANARY)
            return differ(f, TL_OVERWRITE, "round-trip", what, bytes + i, CANARY, end[i]);
    return true;
}

static bool check_golden(const tk_layout *l, const struct tl_golden *g, tl_failure *f) {
    bool good = !l->reject(g->shape); /* size and pack count on it */
    size_t weights = g->shape.m * g->shape.k, bytes = good ? l->size(g->shape) : 0;
    uint8_t *packed = calloc(1, bytes + 1);
    int8_t *w = calloc(1, weights + 1);
    good = good && packed && w;
    if (!good || bytes != g->bytes || !l->pack(packed, g->w, g->shape))
        good = differ(f, TL_GOLDEN, g->cls, "packed bytes", 0, (int)g->bytes, good ? (int)bytes : -1);
    for (size_t i = 0; good && i < bytes; i++)
        if (packed[i] != g->packed[i])
            good = differ(f, TL_GOLDEN, g->cls, "packed", i, g->packed[i], packed[i]);
    if (good)
        l->unpack(w, g->packed, g->shape);
    for (size_t i = 0; good && i < weights; i++)
        if (w[i] != g->w[i])
            good = differ(f, TL_GOLDEN, g->cls, "unpacked w", i, g->w[i], w[i]);
    free(packed);
    free(w);
    return good;
}

static bool check_round_trip(const tk_layout *l, tk_shape s, tl_rng *r, tl_failure *f) {
    size_t weights = s.m * s.k, bytes = l->size(s);
    int8_t *w = malloc(weights + 1), *back = malloc(weights + BEHIND);
    uint8_t *packed = malloc(bytes + BEHIND);
    bool good = w && back && packed;
    if (good)
        memset(packed, CANARY, bytes + BEHIND);
    for (size_t i = 0; good && i < weights; i++)
        w[i] = (int8_t)((int)tl_rng_below(r, 3) - 1);
    if (good && l->suit) {
        /* A layout that holds some matrices only says no to others: here all zeros, at one place. */
        l->suit(w, s);
        for (size_t i = 0; i < s.k && weights; i++)
            back[i] = w[i], w[i] = 0;
        if (weights && l->pack(packed, w, s))
            good = differ(f, TL_VALUE, "refuse-unsuited", "pack accepted a row of zeros", 0, 0, 1);
        memcpy(w, back, weights ? s.k : 0);
    }
    if (good && !l->pack(packed, w, s))
        good = differ(f, TL_VALUE, "round-trip", "pack", 0, 1, 0);
    if (good) { /* no byte of w is left in it */
        memset(back, CANARY, weights + BEHIND);
        l->unpack(back, packed, s);
    }
    for (size_t i = 0; good && i < weights; i++)
        if (w[i] != back[i])
            good = differ(f, TL_VALUE, "round-trip", "w", i, w[i], back[i]);
    if (good && weights) { /* a value that no ternary layout holds must be refused, wherever it stands */
        w[tl_rng_below(r, weights)] = (int8_t)(tl_rng_next(r) & 1 ? 2 : -2);
        if (l->pack(packed, w, s))
            good = differ(f, TL_VALUE, "refuse-2", "pack accepted a value outside {-1,0,1}", 0, 0, 1);
    }
    good = good && check_behind(packed, bytes, "packed", f) && check_behind(back, weights, "unpacked w", f);
    free(w);
    free(back);
    free(packed);
    return good;
}

bool tl_parity_layout(const tk_layout *l, const tl_cases *files, uint64_t seed, tl_failure *f,
                      unsigned *cases) {
    tl_rng r;
    tl_rng_seed(&r, seed);
    *f = (tl_failure){.detector = TL_PASSED};
    *cases = 0;
    for (size_t i = 0; files && i < files->ngolden; i++)
        if (!strcmp(files->golden[i].layout, l->name)) {
            ++*cases;
            if (!check_golden(l, &files->golden[i], f))
                return false;
        }
    if (!*cases)
        return differ(f, TL_GOLDEN, "", "golden case files", 0, 1, 0);
    for (unsigned i = 0; i < 60; i++) {
        tk_shape s = {i % 5 == 4 ? 32 * tl_rng_below(&r, 12) : tl_rng_below(&r, i % 3 ? 9 : 200),
                      i % 2 || i % 5 == 4 ? 32 * tl_rng_below(&r, 40) : tl_rng_below(&r, 90), 1};
        if (l->reject(s))
            continue;
        ++*cases;
        if (!check_round_trip(l, s, &r, f))
            return false;
    }
    return true;
}
