/* some_weights.h: n <= 16 Q8_0 weights of a row from column k on (a multiple of 16), as f32. */
#ifndef TK_HEAD_SOME_WEIGHTS_H
#define TK_HEAD_SOME_WEIGHTS_H

#include "head/rows.h"

#define ROW q8_0_row

static inline void some_weights(float *w, const uint8_t *row, size_t k, size_t n) {
    for (size_t i = 0; i < n; i++) {
        const uint8_t *block = row + k / 32 * 34;
        w[i] = half_at(block) * (float)(int8_t)block[2 + k % 32 + i];
    }
}

#endif
