/* tl.h: what the look-up variants share: tables of sums of two or three activations, and the walk over blocks
 * of 32 rows (Wang et al., "Bitnet.cpp", arXiv 2502.11880; the lossless kind with 16-bit sums).
 *
 * prepare makes a table of 16 sums a pair or triple and token, from int8 activations; run only looks up and
 * adds. A sum of two is at most 256, of three 384: 85 of them fit 16 bits.
 *
 *   TL1  index 3 w0 + w1 + 4             TL2  index |9 w0 + 3 w1 + w2|, and a sign
 *
 * Indices that pack never writes (9 to 15, 14 and 15) find a sum of 0. */
#ifndef TK_GEMV_TL_H
#define TK_GEMV_TL_H

#define TK_KERNEL_FLAGS TK_LOOKUP
#include "gemv/gemv_tmpl.h"
#include "layouts/tl.h"

enum { TL_ENTRIES = 16, TL_PAIRS = 9, TL_TRIPLES = 14, TL_ROWS = 32 };

static inline void tl_pair_sums(int16_t sum[TL_ENTRIES], const int8_t *q) {
    for (int j = 0; j < TL_ENTRIES; j++)
        sum[j] = (int16_t)(j < TL_PAIRS ? (j / 3 - 1) * q[0] + (j % 3 - 1) * q[1] : 0);
}

/* Digits of j in -1, 0, +1: 9 a + 3 b + c. */
static inline void tl_triple_sums(int16_t sum[TL_ENTRIES], const int8_t *q) {
    for (int j = 0; j < TL_ENTRIES; j++) {
        const int a = (j + 4) / 9, rest = j - 9 * a, b = (rest + 4) / 3 - 1, c = rest - 3 * b;
        sum[j] = (int16_t)(j < TL_TRIPLES ? a * q[0] + b * q[1] + c * q[2] : 0);
    }
}

/* Adds the rows of one block of 32 for one token. `block` counts blocks of 32 rows from the top. */
typedef void tl_block(int32_t sum[TL_ROWS], const tk_args *, tk_tiling, size_t block, size_t token);

__attribute__((always_inline)) static inline void tl_walk(const tk_args *a, tk_tiling t, tl_block *block) {
    for (size_t m = a->begin; m < a->end;) {
        const size_t first = m / TL_ROWS * TL_ROWS, end = first + TL_ROWS < a->end ? first + TL_ROWS : a->end;
        for (size_t n = 0; n < a->shape.n; n++) {
            int32_t sum[TL_ROWS] = {0};
            if (a->shape.k)
                block(sum, a, t, m / TL_ROWS, n);
            for (size_t i = m; i < end; i++)
                ((int32_t *)a->y)[n * a->shape.m + i] = sum[i - first];
        }
        m = end;
    }
}

#endif
