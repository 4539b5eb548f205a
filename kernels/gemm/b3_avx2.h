/* b3_avx2.h: GEMM over b3 with panels_avx2.h: A and B as in gemv/b3_avx2.h. A + 3B is a third table of their
 * index; rest and that are 27 - 9C, whose lower nibbles 11, 2, 9 differ. D and E are tables of pair = 14(u+1),
 * whose nibbles differ once 126 has become 125. 17 operations for 160 weights, once for all tokens. */
#ifndef TK_GEMM_B3_AVX2_H
#define TK_GEMM_B3_AVX2_H

#include "gemv/b3_avx2.h"

enum { FIELDS = 5 };

static inline void decode(__m256i field[FIELDS], __m256i bytes) {
    const __m256i low = B3_TABLE(0, 8, 6, 5, 4, 3, 2, 1, 2, 1, 8, 7, 6, 5, 4, 3), /* A + 3B */
        c = B3_TABLE(0, 0, 1, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0),
                  d = B3_TABLE(1, 0, 0, 0, 2, 0, 1, 0, 0, 0, 2, 0, 1, 2, 0, 0),
                  e = B3_TABLE(2, 0, 2, 0, 1, 0, 1, 0, 1, 0, 0, 0, 0, 2, 0, 0);
    const __m256i rest = b3_rest(bytes), class = b3_class(rest);
    const __m256i u = _mm256_min_epu8(_mm256_avg_epu8(bytes, rest), _mm256_set1_epi8(125));
    field[0] = b3_a(class);
    field[1] = b3_b(class);
    field[2] = _mm256_shuffle_epi8(c, _mm256_add_epi8(rest, _mm256_shuffle_epi8(low, class)));
    field[3] = _mm256_shuffle_epi8(d, u);
    field[4] = _mm256_shuffle_epi8(e, u);
}

#include "gemm/panels_avx2.h"

#endif
