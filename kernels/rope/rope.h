/* rope.h: rotary position embedding (Su et al. 2021). A head of K values is K/2 pairs; pair i of a token at
 * position p is turned by the angle p * base^(-2i/K):
 *
 *   (a, b) -> (a cos - b sin, a sin + b cos)       pairs: op rope_half: (x[i], x[i + K/2]), bitnet and NEOX
 *                                                         op rope_pairs: (x[2i], x[2i + 1]), llama
 *
 * x f32[N][M heads][K] in, y the same shape out (may not overlap), x2 f32[N][2][K/2]: cosines, then sines of
 * each token. K is even. Each product is rounded, then the sum or difference: |error| <= 1.5 * 2^-24 * (|a| +
 * |b|). The split axis is the N * M heads. */
#ifndef TK_ROPE_H
#define TK_ROPE_H

#include "kernel.h"

/* The angles' cosines and sines of one token: out[0 .. dim/2 - 1] and out[dim/2 .. dim - 1]. From double
 * arithmetic of +, -, *, / alone, so the same bits everywhere; off by at most 6e-8 (half an ulp of 1 and a
 * little) for position < 2^24. dim is even, base > 1. */
void tk_rope_table(float *out, uint32_t position, size_t dim, double base);

#endif
