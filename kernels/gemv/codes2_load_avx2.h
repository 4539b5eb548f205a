/* codes2_load_avx2.h: a chunk of codes2.h as a vector of 32 bytes. */
#ifndef TK_CODES2_LOAD_AVX2_H
#define TK_CODES2_LOAD_AVX2_H

enum { VECTOR = 32 };

#include "gemv/codes2.h"

#include <immintrin.h>

#ifndef CODES2_CHUNK /* the variant's own, where codes are not stored as such (STQ1_0) */
#define CODES2_CHUNK stored_chunk
/* A whole chunk: not the last one of a row when it is short. */
static inline __m256i stored_chunk(const uint8_t *row, size_t chunk) {
    const uint8_t *at = code_at(row, chunk * VECTOR);
    /* A cache line is two chunks; where those are longer than a line, none may be left out: each would cost a
     * DRAM latency. */
    if (chunk % 2 == 0 || 2 * VECTOR / CODE_BYTES * BLOCK_BYTES > 2 * VECTOR)
        gemv_ahead(at);
    if (SIDE_BY_SIDE)
        return _mm256_loadu_si256((const __m256i *)(const void *)at);
    return _mm256_loadu2_m128i((const __m128i *)(const void *)(at + BLOCK_BYTES),
                               (const __m128i *)(const void *)at);
}
#endif

/* The last chunk of a row, filled up with zeros. */
static inline __m256i last_codes(const uint8_t *row, size_t chunk, size_t k) {
    uint8_t last[VECTOR];
    collect(last, row, chunk, k);
    return _mm256_loadu_si256((const __m256i *)(const void *)last);
}

#endif
