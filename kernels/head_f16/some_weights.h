/* some_weights.h: n <= 16 F16 weights of a row from column k on (a multiple of 16), as f32. */
#ifndef TK_HEAD_SOME_WEIGHTS_H
#define TK_HEAD_SOME_WEIGHTS_H

#include "head/rows.h"

#define ROW f16_row

static inline void some_weights(float *w, const uint8_t *row, size_t k, size_t n) {
    for (size_t i = 0; i < n; i++) {
        uint16_t h;
        memcpy(&h, row + 2 * (k + i), 2);
        w[i] = f16_to_f32(h);
    }
}

#endif
