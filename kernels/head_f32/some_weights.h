/* some_weights.h: n <= 16 F32 weights of a row from column k on (a multiple of 16). */
#ifndef TK_HEAD_SOME_WEIGHTS_H
#define TK_HEAD_SOME_WEIGHTS_H

#include "head/rows.h"

#define ROW f32_row

static inline void some_weights(float *w, const uint8_t *row, size_t k, size_t n) {
    memcpy(w, row + 4 * k, 4 * n);
}

#endif
