/* The 4-row order of I2_S x int8 for several tokens: see rows_avx512.h. Decoding: a row's codes are in the
 * order of the columns already, a shift and a mask for 64 of them. */
#include "gemv/gemv_tmpl.h"
#include "gemv/panel_avx512.h"

static inline void rows_decode(uint8_t *out, const tk_args *a, size_t row, size_t at, size_t columns) {
    const uint8_t *w = (const uint8_t *)a->w + row / 4 * a->shape.k + at;
    const __m128i shift = _mm_cvtsi32_si128((int)(6 - 2 * (row % 4)));
    for (size_t c = 0; c < columns; c += 64) {
        gemv_ahead(w + c);
        const __m512i codes = _mm512_srl_epi16(_mm512_loadu_si512(w + c), shift);
        _mm512_store_si512(out + c, _mm512_and_si512(codes, _mm512_set1_epi8(3)));
    }
}

static inline const int8_t *rows_x(const tk_args *a) {
    return a->x;
}

static inline size_t rows_columns(size_t k) {
    return k;
}

#include "gemm/rows_avx512.h"

static const char *reject(tk_shape s) {
    return s.k % 64 ? "K is not a multiple of 64" : gemv_reject(s);
}

TK_KERNEL(gemm_i2s_r4__avx512vnni, .layout = &tk_layout_i2s_r4, .step = TILE_ROWS, .step_k = 64,
          .reject = reject, .run = run, .note = "decoded once, 4 rows x 6 tokens in registers");
