/* blocks.h: what the files of block types share: fields of a block, and the tables that dequant.c joins. */
#ifndef TK_DEQUANT_BLOCKS_H
#define TK_DEQUANT_BLOCKS_H

#include "dequant/dequant.h"
#include "f32/f16.h"

static inline float half_at(const uint8_t *p) {
    uint16_t h;
    memcpy(&h, p, 2);
    return f16_to_f32(h);
}

static inline int signed_at(const uint8_t *p) {
    return *p < 128 ? *p : *p - 256;
}

extern const tk_type tk_types_plain[], tk_types_small[], tk_types_k[],
    tk_types_ternary[]; /* ended by a NULL name */

#endif
