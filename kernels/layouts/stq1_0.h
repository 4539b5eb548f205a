/* stq1_0.h: the numbers and the order of STQ1_0, and its 16 codes of 2 bits out of 8 + 2 bytes. To the kernels
 * it is one more layout of 2-bit codes (gemv/codes2.h), whose codes are looked up instead of loaded:
 * BLOCK_BYTES and the column are as there, CODE_BYTES counts the bytes that are looked up. */
#ifndef TK_STQ1_0_H
#define TK_STQ1_0_H

#include "kernel.h"

enum { CODE_BYTES = 64, BLOCK_BYTES = 42, CODES_AT = 0, ROW_AT = 0 };
enum { SIGNS_AT = 32, SCALE_AT = 40, SIXTEEN = 16 };

/* The column of a block that a looked-up byte holds in bits 2 * field and up. */
static inline size_t column(size_t byte, size_t field) {
    return 64 * (byte / SIXTEEN) + SIXTEEN * field + byte % SIXTEEN;
}

/* Four codes of 2 bits, the first in the low bits, by slot: one is 1 (a zero weight), the first other one 2.
 * With the sign bit all others change sides: 0xaa - byte, since no field exceeds 2 (ggml pull request 22836,
 * ggml/src/ggml-common.h). */
#define STQ1_0_SLOTS                                                                                           \
    0xa9, 0x89, 0x29, 0x09, 0xa6, 0x86, 0x26, 0x06, 0x9a, 0x92, 0x1a, 0x12, 0x6a, 0x62, 0x4a, 0x42

static const uint8_t stq1_0_slots[16] = {STQ1_0_SLOTS};

/* Looked-up byte `byte` of a block, 0..63. */
static inline uint8_t stq1_0_byte(const uint8_t *block, size_t byte) {
    const uint8_t codes = stq1_0_slots[block[byte / 2] >> 4 * (byte % 2) & 15];
    return block[SIGNS_AT + byte / 8] >> byte % 8 & 1 ? (uint8_t)(0xaa - codes) : codes;
}

/* Where a row's looked-up bytes [chunk * vector, ...) lie: the block, and the first of them in it. */
static inline const uint8_t *stq1_0_block(const uint8_t *row, size_t chunk, size_t vector, size_t *first) {
    *first = chunk * vector % CODE_BYTES;
    return row + chunk * vector / CODE_BYTES * BLOCK_BYTES;
}

#define LAYOUT tk_layout_stq1_0

#endif
