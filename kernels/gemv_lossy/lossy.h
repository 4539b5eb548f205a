/* lossy.h: TL2 with tables of 8 bits (microsoft/BitNet, branch `paper`, utils/codegen_tl2_loss.py): half the
 * tables and half the permutes of the lossless kind, for a stated error. An op of its own: its answers are not
 * those of gemv, and nothing chooses it in gemv's place.
 *
 * Of a token's activations b (int8), taken in triples (K rounded down to a multiple of 96) and pairs (the
 * rest):
 *
 *   L = max over groups of sum |b_i|, 1 if that is 0        entry e -> r(e) = round(127 e / L), halves away
 * from zero y[n][m] = sum over groups of r(w . b)  in int32          scale[n] = L / 127  in f32
 *
 * so y * scale stands for the exact sum. Bound: |127 e / L - r(e)| <= 1/2 for every group, hence
 *
 *   |y L / 127 - exact| <= groups * L / 254,     groups = K/3 of the triples + 1/2 of the rest
 *
 * (reference/gemv_lossy.py checks it on every case). Integers throughout: the same bits on every ISA. */
#ifndef TK_LOSSY_H
#define TK_LOSSY_H

#include "gemv/tl.h"

#include <stdlib.h>
#include <string.h>

static inline const char *lossy_reject(tk_shape s) {
    return s.k > 1u << 21 ? "K is above 2097152: int32 sums could overflow" : NULL;
}

static inline size_t lossy_tables(tk_shape s) {
    const tk_tl2_parts at = tk_tl2_split(s, tk_tl2_tiling(s));
    return at.k3 / 3 + at.k2 / 2;
}

/* [n][tables][16] entries, then int32 L[n]. */
static inline size_t lossy_scratch(tk_shape s) {
    return s.m && s.k ? s.n * (lossy_tables(s) * TL_ENTRIES + 4) : 0;
}

static inline int32_t *lossy_largest(const tk_args *a) {
    return (int32_t *)(void *)((uint8_t *)a->scratch + a->shape.n * lossy_tables(a->shape) * TL_ENTRIES);
}

static inline int32_t largest(const int8_t *q, size_t k, size_t k3) {
    int32_t top = 0;
    for (size_t i = 0, step; i < k; i += step) {
        step = i < k3 ? 3 : 2;
        const int32_t sum = abs(q[i]) + abs(q[i + 1]) + (step == 3 ? abs(q[i + 2]) : 0);
        top = sum > top ? sum : top;
    }
    return top ? top : 1;
}

static inline int8_t rounded(int32_t e, int32_t l) {
    const int32_t r = (254 * abs(e) + l) / (2 * l);
    return (int8_t)(e < 0 ? -r : r);
}

static inline void lossy_prepare(const tk_args *a) {
    if (!a->shape.m || !a->shape.k)
        return;
    const tk_tl2_parts at = tk_tl2_split(a->shape, tk_tl2_tiling(a->shape));
    const size_t triples = at.k3 / 3, tables = triples + at.k2 / 2;
    size_t from, to, known = (size_t)-1;
    int32_t l = 1;
    gemv_share(a, a->shape.n * tables, &from, &to);
    for (size_t i = from; i < to; i++) {
        const size_t token = i / tables, p = i % tables;
        const int8_t *q = (const int8_t *)a->x + token * a->shape.k;
        int16_t sum[TL_ENTRIES];
        if (token != known) {
            known = token;
            l = largest(q, a->shape.k, at.k3);
        }
        if (!p)
            lossy_largest(a)[token] = l;
        if (p < triples)
            tl_triple_sums(sum, q + 3 * p);
        else
            tl_pair_sums(sum, q + at.k3 + 2 * (p - triples));
        for (size_t j = 0; j < TL_ENTRIES; j++)
            ((int8_t *)a->scratch)[i * TL_ENTRIES + j] = rounded(sum[j], l);
    }
}

static inline void lossy_scales(const tk_args *a) {
    const size_t k = a->shape.k;
    for (size_t n = 0; n < a->shape.n; n++)
        a->scale[n] = (float)(a->shape.m && k ? lossy_largest(a)[n]
                                              : largest((const int8_t *)a->x + n * k, k, k / 96 * 96)) /
                      127.0f;
}

#endif
