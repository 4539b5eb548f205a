/* stq1_0_avx2.h: half a block of STQ1_0 as a vector of 2-bit codes: nibbles apart, one byte permute, signs
 * spread from 4 bytes to 32 and the other sides by exclusive or and subtraction (layouts/stq1_0.h): 0xaa - c =
 * (c ^ -1)
 * + 0xab. */
#ifndef TK_STQ1_0_AVX2_H
#define TK_STQ1_0_AVX2_H

#include "gemv/gemv_tmpl.h"
#include "layouts/stq1_0.h"

#include <immintrin.h>
#include <string.h>

/* -1 where the bit is set. */
static inline __m256i stq1_0_bits(const uint8_t *signs) {
    const __m256i byte = _mm256_set_epi64x(0x0303030303030303, 0x0202020202020202, 0x0101010101010101, 0);
    const __m256i bit = _mm256_set1_epi64x((int64_t)0x8040201008040201u);
    int32_t all;
    memcpy(&all, signs, sizeof all);
    const __m256i spread = _mm256_shuffle_epi8(_mm256_set1_epi32(all), byte);
    return _mm256_cmpeq_epi8(_mm256_and_si256(spread, bit), bit);
}

static inline __m256i stq1_0_chunk(const uint8_t *row, size_t chunk) {
    const __m256i table =
        _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)stq1_0_slots));
    size_t first;
    const uint8_t *block = stq1_0_block(row, chunk, 32, &first);
    gemv_ahead(block);
    const __m256i two =
        _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(const void *)(block + first / 2)));
    const __m256i slots =
        _mm256_and_si256(_mm256_or_si256(two, _mm256_slli_epi16(two, 4)), _mm256_set1_epi8(15));
    const __m256i codes = _mm256_shuffle_epi8(table, slots), other = stq1_0_bits(block + SIGNS_AT + first / 8);
    return _mm256_add_epi8(_mm256_xor_si256(codes, other),
                           _mm256_and_si256(other, _mm256_set1_epi8((char)0xab)));
}

#define CODES2_CHUNK stq1_0_chunk

#endif
