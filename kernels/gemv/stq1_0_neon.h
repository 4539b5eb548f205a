/* stq1_0_neon.h: a quarter of a block of STQ1_0 as a vector of 2-bit codes: nibbles apart, one table look-up,
 * the other sides of those with the sign bit by a selection (layouts/stq1_0.h). */
#ifndef TK_STQ1_0_NEON_H
#define TK_STQ1_0_NEON_H

#include "layouts/stq1_0.h"

#include <arm_neon.h>

static inline uint8x16_t stq1_0_chunk(const uint8_t *row, size_t chunk) {
    size_t first;
    const uint8_t *block = stq1_0_block(row, chunk, 16, &first), *signs = block + SIGNS_AT + first / 8;
    const uint8x8_t two = vld1_u8(block + first / 2);
    const uint8x8x2_t nibbles = vzip_u8(vand_u8(two, vdup_n_u8(15)), vshr_n_u8(two, 4));
    const uint8x16_t codes = vqtbl1q_u8(vld1q_u8(stq1_0_slots), vcombine_u8(nibbles.val[0], nibbles.val[1]));
    const uint8x16_t bit = vreinterpretq_u8_u64(vdupq_n_u64(0x8040201008040201u));
    const uint8x16_t other = vtstq_u8(vcombine_u8(vdup_n_u8(signs[0]), vdup_n_u8(signs[1])), bit);
    return vbslq_u8(other, vsubq_u8(vdupq_n_u8(0xaa), codes), codes);
}

#define CODES2_CHUNK stq1_0_chunk

#endif
