/* IQ2_BN_R4 x int8 for several tokens: see rows_avx512.h. Decoding: a row's four bytes of 16 columns into all
 * four lanes of those columns, a shift of its own for each lane, a mask: the codes are in the order of the
 * columns. */
#include "gemv/gemv_tmpl.h"
#include "gemv/panel_avx512.h"

enum { HEAD = 16 };

static inline void rows_decode(uint8_t *out, const tk_args *a, size_t row, size_t at, size_t columns) {
    const uint8_t *w = (const uint8_t *)a->w + row / 4 * (HEAD + a->shape.k) + HEAD + at;
    const __m512i shift = _mm512_broadcast_i32x4(_mm_set_epi32(6, 4, 2, 0));
    const __m512i lanes = _mm512_add_epi32(_mm512_set_epi32(12, 12, 12, 12, 8, 8, 8, 8, 4, 4, 4, 4, 0, 0, 0, 0),
                                           _mm512_set1_epi32((int)(row % 4)));
    for (size_t c = 0; c < columns; c += 64) {
        gemv_ahead(w + c);
        const __m512i four = _mm512_permutexvar_epi32(lanes, _mm512_loadu_si512(w + c));
        _mm512_store_si512(out + c, _mm512_and_si512(_mm512_srlv_epi32(four, shift), _mm512_set1_epi8(3)));
    }
}

static inline const int8_t *rows_x(const tk_args *a) {
    return a->x;
}

static inline size_t rows_columns(size_t k) {
    return k;
}

#include "gemm/rows_avx512.h"

TK_KERNEL(gemm_iq2_bn_r4__avx512vnni, .layout = &tk_layout_iq2_bn_r4, .step = TILE_ROWS, .step_k = 64,
          .reject = gemv_reject, .run = run, .note = "decoded once, 4 rows x 6 tokens in registers");
