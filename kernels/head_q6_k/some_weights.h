/* some_weights.h: n <= 16 Q6_K weights of a row from column k on (a multiple of 16), as f32. */
#ifndef TK_HEAD_SOME_WEIGHTS_H
#define TK_HEAD_SOME_WEIGHTS_H

#include "head/rows.h"

#define ROW q6_k_row

static inline void some_weights(float *w, const uint8_t *row, size_t k, size_t n) {
    const uint8_t *block = row + k / 256 * 210;
    const float scale = half_at(block + 208) * (float)(int8_t)block[192 + k % 256 / 16];
    int8_t codes[16];
    q6_k_codes(codes, block, k % 256);
    for (size_t i = 0; i < n; i++)
        w[i] = scale * (float)codes[i];
}

#endif
