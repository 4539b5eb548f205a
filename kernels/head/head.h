/* head.h: the output head: logits y[n][m] = sum over k of W[m][k] * x[n][k], activations in f32 (contract
 * "f32").
 *
 *   w    rows of a GGUF type as they are in the file (dequant/dequant.h), any alignment
 *   x    f32[N][K]        y    f32[N][M]
 *
 * W is the dequantised value, which is exact for F16, BF16, Q8_0 and Q6_K (at most 24 bits); times x, rounded;
 * added to lane k mod 16, rounded; the tree of f32.h. So every ISA and every split of rows and tokens gives the
 * same bits. Off from exact by at most (K/16 + 6) * 2^-24 * sum |w x|, to first order. NaN and Inf go through.
 */
#ifndef TK_HEAD_H
#define TK_HEAD_H

#include "f32/f16.h"
#include "kernel.h"

static inline const char *head_reject_32(tk_shape s) {
    return s.k % 32 ? "K is not a multiple of 32" : NULL;
}

static inline const char *head_reject_256(tk_shape s) {
    return s.k % 256 ? "K is not a multiple of 256" : NULL;
}

#endif
