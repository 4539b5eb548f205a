/* stq1_0_generic.h: 16 bytes of 2-bit codes of STQ1_0, looked up one by one (layouts/stq1_0.h). */
#ifndef TK_STQ1_0_GENERIC_H
#define TK_STQ1_0_GENERIC_H

#include "layouts/stq1_0.h"

static inline const uint8_t *stq1_0_chunk(const uint8_t *row, size_t chunk, uint8_t room[16]) {
    size_t first;
    const uint8_t *block = stq1_0_block(row, chunk, 16, &first);
    for (size_t i = 0; i < 16; i++)
        room[i] = stq1_0_byte(block, first + i);
    return room;
}

#define CODES2_CHUNK stq1_0_chunk

#endif
