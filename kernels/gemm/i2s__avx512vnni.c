/* I2_S x int8 for several tokens: see rows_avx512.h. Decoding: a group of 32 bytes is four vectors of 32
 * columns, shifted by 6, 4, 2 and 0 bits. */
#include "gemv/gemv_tmpl.h"
#include "gemv/panel_avx512.h"

static inline void rows_decode(uint8_t *out, const tk_args *a, size_t row, size_t at, size_t columns) {
    const uint8_t *w = (const uint8_t *)a->w + row * (a->shape.k / 4) + at / 4;
    const __m512i mask = _mm512_set1_epi8(3);
    for (size_t c = 0; c < columns; c += GEMV_GROUP, w += GEMV_BYTES) {
        gemv_ahead(w);
        __m512i both = _mm512_broadcast_i64x4(_mm256_loadu_si256((const __m256i *)(const void *)w));
        const __m512i high = _mm512_set_epi64(4, 4, 4, 4, 6, 6, 6, 6),
                      low = _mm512_set_epi64(0, 0, 0, 0, 2, 2, 2, 2);
        _mm512_store_si512(out + c, _mm512_and_si512(_mm512_srlv_epi64(both, high), mask));
        _mm512_store_si512(out + c + 64, _mm512_and_si512(_mm512_srlv_epi64(both, low), mask));
    }
}

#include "gemm/rows_avx512.h"

TK_KERNEL(gemm_i2s__avx512vnni, .layout = &tk_layout_i2s, .step = ROWS, .step_k = GEMV_GROUP,
          .reject = gemv_reject, .run = run, .note = "decoded once, 4 rows x 6 tokens in registers");
