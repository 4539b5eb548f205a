/* codes2_load_neon.h: a chunk of 2-bit codes (codes2.h, VECTOR = 16) as a 128-bit vector. */
#ifndef TK_CODES2_LOAD_NEON_H
#define TK_CODES2_LOAD_NEON_H

#include "gemv/codes2.h"

#include <arm_neon.h>

#ifndef CODES2_CHUNK /* the variant's own, where codes are not stored as such (STQ1_0) */
#define CODES2_CHUNK stored_chunk
static inline uint8x16_t stored_chunk(const uint8_t *row, size_t chunk) {
    return vld1q_u8(code_at(row, chunk * VECTOR));
}
#endif

#endif
