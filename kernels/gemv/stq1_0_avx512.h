/* stq1_0_avx512.h: a block of STQ1_0 as a vector of 2-bit codes: nibbles apart, one byte permute, and the other
 * sides of those with the sign bit by a masked subtraction (layouts/stq1_0.h): 5 operations for 256 weights. */
#ifndef TK_STQ1_0_AVX512_H
#define TK_STQ1_0_AVX512_H

#include "gemv/gemv_tmpl.h"
#include "layouts/stq1_0.h"

#include <immintrin.h>
#include <string.h>

static inline __m512i stq1_0_chunk(const uint8_t *row, size_t chunk) {
    const uint8_t *block = row + chunk * BLOCK_BYTES;
    const __m512i table = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)(const void *)stq1_0_slots));
    uint64_t signs;
    gemv_ahead(block);
    memcpy(&signs, block + SIGNS_AT, sizeof signs);
    const __m512i two = _mm512_cvtepu8_epi16(_mm256_loadu_si256((const __m256i *)(const void *)block));
    const __m512i slots =
        _mm512_ternarylogic_epi32(two, _mm512_slli_epi16(two, 4), _mm512_set1_epi8(15), 0xa8); /* (a | b) & c */
    const __m512i codes = _mm512_shuffle_epi8(table, slots);
    return _mm512_mask_sub_epi8(codes, signs, _mm512_set1_epi8((char)0xaa), codes);
}

#define CODES2_CHUNK stq1_0_chunk

#endif
