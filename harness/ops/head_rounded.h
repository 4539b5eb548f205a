/* head_rounded.h: what the adapters of the head with activations of 16 or 8 bits share: head.h, and classes
 * that reach the ends of every integer on the way. An adapter defines COLUMNS and BYTES of a block, MOST blocks
 * of a small case, SCALE_AT (the block's F16 scale), DEVIATION of scales, TOP (with it as the largest,
 * activations are their own integers), HEAD_LOW_ENDS (eight activations, first two that most of a case have)
 * and head_ends (codes and scales of a block at an end of their range) before it includes this, and
 * HEAD_ROUNDED(type, "type in words", contract, "contract in words") behind it. */
#ifndef TL_OPS_HEAD_ROUNDED_H
#define TL_OPS_HEAD_ROUNDED_H

#include "harness/ops/head.h"

#include <math.h>
#include <string.h>

static const char *const head_rounded_classes[] = {
    TL_FLOAT_PATTERN_LIST, "ends", "low-ends", "one-hot", "half-steps", "denormal-scales", "threshold", NULL};
enum { ENDS = TL_FLOAT_PATTERNS, LOW_ENDS, ONE_HOT, HALF_STEPS, DENORMAL_SCALES, THRESHOLD };

static void head_ends(uint8_t *block, tl_rng *r);

static size_t head_w(tk_shape s) {
    return s.k % COLUMNS ? 0 : s.m * (s.k / COLUMNS) * BYTES;
}

static void head_block(uint8_t *block, bool any, tl_rng *r) {
    if (!any)
        head_number(block + SCALE_AT, false, DEVIATION, r);
}

static float head_rounded_x(int cls, float common, size_t i, size_t spike, tl_rng *r) {
    static const float low_ends[] = {HEAD_LOW_ENDS};
    switch (cls) {
    case ENDS:
        return common;
    case LOW_ENDS:
        return tl_rng_below(r, 8) ? low_ends[common > 0] : low_ends[tl_rng_below(r, 8)];
    case ONE_HOT:
        return i == spike ? common : 0;
    case HALF_STEPS:
        return (float)tl_rng_below(r, 2 * TOP) - TOP + 0.5f;
    case THRESHOLD: /* where activations are multiplied by 2^64, and where they are not */
        return (tl_rng_below(r, 2) ? 0.999999f : -0.999999f) * 0x1p-60f;
    default:
        return tl_rng_normal(r);
    }
}

static void fill(tl_case *c, int cls, tl_rng *r) {
    head_fill(c, cls < TL_FLOAT_PATTERNS ? cls : 0, BYTES, r);
    if (cls < TL_FLOAT_PATTERNS)
        return;
    const size_t k = c->shape.k, all = head_w(c->shape);
    uint8_t *w = c->data[0];
    for (size_t i = 0; i + BYTES <= all; i += BYTES) {
        if (cls == ENDS || cls == LOW_ENDS)
            head_ends(w + i, r);
        if (cls == DENORMAL_SCALES)
            w[i + SCALE_AT + 1] &= 0x83;
    }
    for (size_t n = 0; n < c->shape.n && k; n++) {
        float *x = (float *)c->data[1] + n * k, common = tl_rng_below(r, 2) ? TOP : -TOP;
        const size_t spike = tl_rng_below(r, k);
        for (size_t i = 0; i < k; i++)
            x[i] = head_rounded_x(cls, common, i, spike, r);
        if (cls == LOW_ENDS || cls == HALF_STEPS)
            x[spike] = common;
        if (cls == THRESHOLD && tl_rng_below(r, 2))
            x[spike] = 0x1p-60f;
    }
}

static tk_shape small(tl_rng *r, unsigned i) {
    const size_t k = COLUMNS * (1 + tl_rng_below(r, MOST));
    (void)i;
    return (tk_shape){tl_rng_below(r, 12), k, tl_rng_below(r, 3) ? 1 : tl_rng_below(r, 5)};
}

#define HEAD_ROUNDED(TYPE, WORDS, CONTRACT, BITS)                                                              \
    static void oracle(tl_case *c) {                                                                           \
        oracle_head_##TYPE##_##CONTRACT(c->data[2], c->data[0], c->data[1], c->shape.m, c->shape.k,            \
                                        c->shape.n);                                                           \
    }                                                                                                          \
    const tl_op tl_op_head_##TYPE##_##CONTRACT = {.name = "head_" #TYPE "_" #CONTRACT,                         \
                                                  .what = "output head over " WORDS " weights, " BITS,         \
                                                  .arrays = head_arrays,                                       \
                                                  .narrays = sizeof head_arrays / sizeof *head_arrays,         \
                                                  .extent = head_rows,                                         \
                                                  .axis = "M",                                                 \
                                                  .owner = head_owner,                                         \
                                                  .classes = head_rounded_classes,                             \
                                                  .fill = fill,                                                \
                                                  .oracle = oracle,                                            \
                                                  .small = small,                                              \
                                                  .bytes = head_bytes,                                         \
                                                  .ops = head_ops,                                             \
                                                  .integer_ops = true,                                         \
                                                  .shapes = head_shapes}

#endif
