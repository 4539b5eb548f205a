/* codes2_load_avx512.h: 64 bytes of codes of a row as one vector (gemv/codes2.h). They lie side by side, or
 * come from two blocks (PQ2_0) or four (Q2_0), or are not stored as codes at all (STQ1_0): CODES2_CHUNK then
 * names the function that makes them. */
#ifndef TK_CODES2_LOAD_AVX512_H
#define TK_CODES2_LOAD_AVX512_H

#include "gemv/codes2.h"

#include <immintrin.h>

#ifndef CODES2_CHUNK
#define CODES2_CHUNK stored_chunk

static inline __m128i codes_16(const uint8_t *at) {
    return _mm_loadu_si128((const __m128i *)(const void *)at);
}

static inline __m512i stored_chunk(const uint8_t *row, size_t chunk) {
    const uint8_t *at = code_at(row, chunk * VECTOR);
    gemv_ahead(at);
    if (VECTOR / CODE_BYTES * BLOCK_BYTES > VECTOR) /* no line left out: each would cost a DRAM latency */
        gemv_ahead(at + VECTOR - 1);
    if (SIDE_BY_SIDE)
        return _mm512_loadu_si512(at);
    if (CODE_BYTES == 32)
        return _mm512_inserti64x4(_mm512_castsi256_si512(_mm256_loadu_si256((const __m256i *)(const void *)at)),
                                  _mm256_loadu_si256((const __m256i *)(const void *)(at + BLOCK_BYTES)), 1);
    __m512i c = _mm512_castsi128_si512(codes_16(at));
    c = _mm512_inserti32x4(c, codes_16(at + BLOCK_BYTES), 1);
    c = _mm512_inserti32x4(c, codes_16(at + 2 * BLOCK_BYTES), 2);
    return _mm512_inserti32x4(c, codes_16(at + 3 * BLOCK_BYTES), 3);
}
#endif

#endif
