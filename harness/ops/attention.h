/* attention.h: what the adapters of attention_f16 and attention_i8 share. */
#ifndef TL_OPS_ATTENTION_H
#define TL_OPS_ATTENTION_H

#include "harness/op.h"

static size_t attention_rows(tk_shape s) {
    return s.n * s.m * s.k;
}
static size_t attention_cache(tk_shape s) {
    return s.g * s.k;
}
static size_t attention_tokens(tk_shape s) {
    return s.n;
}

static size_t attention_owner(const tl_array_spec *spec, tk_shape s, size_t element) {
    (void)spec;
    return element / (s.m * s.k);
}

/* Depths around blocks of 64 keys, dimensions around 16 lanes and beyond the 256 that tiles take, tokens around
 * the 4 and the 16 of a tile (attention/attention_tile.h). */
static tk_shape attention_small(tl_rng *r, unsigned i) {
    static const size_t dims[] = {1, 8, 15, 16, 17, 32, 64, 64, 96, 100, 128, 128, 128, 256, 30, 320};
    static const size_t depths[] = {1, 2, 15, 16, 17, 63, 64, 65, 80, 100, 127, 128, 129, 200, 257, 300};
    static const size_t heads[] = {1, 1, 2, 3, 4, 4, 4, 8};
    (void)i;
    tk_shape s = {heads[tl_rng_below(r, 8)], dims[tl_rng_below(r, 16)], 1, depths[tl_rng_below(r, 16)]};
    if (tl_rng_below(r, 3) == 0) {
        const size_t tokens = tl_rng_below(r, tl_rng_below(r, 4) ? 7 : 40);
        s.n = tokens < s.g ? tokens : s.g;
    }
    return s;
}

/* Queries of the class; zeros and equal scores are among them, and rows of large ones. */
static void attention_queries(float *q, tk_shape s, int cls, tl_rng *r) {
    for (size_t h = 0; h < s.n * s.m; h++)
        tl_fill_floats(q + h * s.k, s.k, h % 3 == 1 ? 0 : cls, r);
    for (size_t i = 0; i < s.n * s.m * s.k && cls == 0 && tl_rng_below(r, 2); i++)
        q[i] *= 100;
}

/* A KV head of 2B-4T: 4 query heads of 128, at three depths, and a block of a prompt. */
static const tl_bench_shape attention_shapes[] = {{"decode at 128", {4, 128, 1, 128}},
                                                  {"decode at 1024", {4, 128, 1, 1024}},
                                                  {"decode at 4096", {4, 128, 1, 4096}},
                                                  {"32 tokens at 512", {4, 128, 32, 512}},
                                                  {NULL, {0, 0, 0, 0}}};

static double attention_ops(tk_shape s) {
    return 2.0 * (double)s.n * (double)s.m * (double)s.k * (double)s.g;
}

#endif
