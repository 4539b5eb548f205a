/* some_weights.h: n <= 16 BF16 weights of a row from column k on (a multiple of 16), as f32. */
#ifndef TK_HEAD_SOME_WEIGHTS_H
#define TK_HEAD_SOME_WEIGHTS_H

#include "head/rows.h"

#define ROW bf16_row

static inline void some_weights(float *w, const uint8_t *row, size_t k, size_t n) {
    for (size_t i = 0; i < n; i++) {
        uint16_t b;
        memcpy(&b, row + 2 * (k + i), 2);
        w[i] = bf16_to_f32(b);
    }
}

#endif
