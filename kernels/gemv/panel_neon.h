/* panel_neon.h: b2x and b3 with 128-bit vectors: a vector is a quarter of a block, 4 rows x 4 columns. */
#ifndef TK_PANEL_NEON_H
#define TK_PANEL_NEON_H

#include "gemv/gemv_tmpl.h"
#include "gemv/panel.h"

#include <arm_neon.h>

/* y[row + i] = v[i] for those of the 4 rows that lie in [begin, end). */
static inline void panel_store4(int32_t *y, size_t row, size_t begin, size_t end, int32x4_t v) {
    if (row >= begin && row + 4 <= end) {
        vst1q_s32(y + row, v);
        return;
    }
    int32_t four[4];
    vst1q_s32(four, v);
    for (size_t i = 0; i < 4; i++)
        if (row + i >= begin && row + i < end)
            y[row + i] = four[i];
}

/* Four activations in every lane. */
static inline int8x16_t panel_four(int32_t four) {
    return vreinterpretq_s8_s32(vdupq_n_s32(four));
}

#endif
