/* TQ1_0 x int8 for several tokens: see rows_avx512.h. A digit is (v >= 86) + (v >= 171), then v = 3 v mod 256;
 * a fifth of the bytes is empty (layouts/tq1_0.h), so 80 % of the VPDPBUSD roof is the bound. */
#include "gemv/panel_avx512.h"
#include "layouts/tq1_0.h"

static inline size_t rows_columns(size_t k) {
    return tq1_token(k);
}

static inline const int8_t *rows_x(const tk_args *a) {
    return a->scratch;
}

/* `at` and `columns` are multiples of 64, not of a block's 320: a block may be decoded in two goes. */
static inline void rows_decode(uint8_t *out, const tk_args *a, size_t row, size_t at, size_t columns) {
    const uint8_t *w = (const uint8_t *)a->w + row * tq1_blocks(a->shape.k) * TQ1_BYTES;
    const __m512i one = _mm512_set1_epi8(1);
    for (size_t vector = at / TQ1_LANES, end = (at + columns) / TQ1_LANES; vector < end;) {
        const size_t first = vector % TQ1_DIGITS;
        __m512i v = _mm512_maskz_loadu_epi8((1ull << TQ1_CODES) - 1, w + vector / TQ1_DIGITS * TQ1_BYTES);
        for (size_t n = 0; n < TQ1_DIGITS && vector < end; n++, v = _mm512_add_epi8(v, _mm512_add_epi8(v, v))) {
            if (n < first)
                continue;
            __m512i t = _mm512_maskz_mov_epi8(_mm512_cmpge_epu8_mask(v, _mm512_set1_epi8(86)), one);
            t = _mm512_mask_add_epi8(t, _mm512_cmpge_epu8_mask(v, _mm512_set1_epi8((char)171)), t, one);
            _mm512_store_si512(out, t);
            out += TQ1_LANES;
            vector++;
        }
    }
}

#include "gemm/rows_avx512.h"

TK_KERNEL(gemm_tq1_0__avx512vnni, .layout = &tk_layout_tq1_0, .step = TILE_ROWS, .step_k = TQ1_COLUMNS,
          .reject = gemv_reject, .scratch = tq1_scratch, .prepare = tq1_prepare, .run = run,
          .note = "decoded once, 4 rows x 6 tokens in registers");
