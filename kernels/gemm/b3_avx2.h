/* b3_avx2.h: GEMM over b3 with panels_avx2.h: A, D and E as in gemv/b3_avx2.h; B and C by two more tables, of
 * A + 3B and of 9C, whose lower nibbles 0, 9, 2 differ. 19 operations for 160 weights, once for all tokens. */
#ifndef TK_GEMM_B3_AVX2_H
#define TK_GEMM_B3_AVX2_H

#include "gemv/b3_avx2.h"

enum { FIELDS = 5 };

static inline void decode(__m256i field[FIELDS], __m256i bytes) {
    const __m256i bm = _mm256_broadcastsi128_si256(
                      _mm_setr_epi8(0, 0, 0, 1, 1, 1, 2, 2, 2, 0, 0, 0, 0, 0, 0, 0)),
                  c9 = _mm256_broadcastsi128_si256(
                      _mm_setr_epi8(0, 0, 2, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0));
    const b3_parts p = b3_split(bytes, b3_low(bytes));
    field[0] = p.a;
    field[1] = _mm256_shuffle_epi8(bm, p.m);
    field[2] = _mm256_shuffle_epi8(c9, _mm256_sub_epi8(p.s, p.m));
    field[3] = p.d;
    field[4] = p.e;
}

#include "gemm/panels_avx2.h"

#endif
