/* trits_avx512.h: GEMM over the layouts of five weights in a byte (gemv/trits.h) with rows_avx512.h. A digit is
 * (v
 * >= 86) + (v >= 171), then v = 3 v mod 256; a fifth of the bytes is empty, so 80 % of the VPDPBUSD roof is the
 * bound. */
#ifndef TK_GEMM_TRITS_AVX512_H
#define TK_GEMM_TRITS_AVX512_H

#include "gemv/panel_avx512.h"
#include "gemv/trits.h"

static inline size_t rows_columns(size_t k) {
    return token_bytes(k);
}

static inline const int8_t *rows_x(const tk_args *a) {
    return a->scratch;
}

/* `at` and `columns` are multiples of 64, not of a unit's 320: a unit may be decoded in two goes. */
static inline void rows_decode(uint8_t *out, const tk_args *a, size_t row, size_t at, size_t columns) {
    const __m512i one = _mm512_set1_epi8(1);
    for (size_t vector = at / UNIT_LANES, end = (at + columns) / UNIT_LANES; vector < end;) {
        const size_t first = vector % DIGITS, unit = vector / DIGITS;
        const __mmask64 mask = (1ull << unit_codes(a->shape.k, unit)) - 1;
        __m512i v = _mm512_maskz_loadu_epi8(mask, unit_at(a, row, unit));
        for (size_t n = 0; n < DIGITS && vector < end; n++, v = _mm512_add_epi8(v, _mm512_add_epi8(v, v))) {
            if (n < first)
                continue;
            __m512i t = _mm512_maskz_mov_epi8(_mm512_cmpge_epu8_mask(v, _mm512_set1_epi8(86)), one);
            t = _mm512_mask_add_epi8(t, _mm512_cmpge_epu8_mask(v, _mm512_set1_epi8((char)171)), t, one);
            _mm512_store_si512(out, t);
            out += UNIT_LANES;
            vector++;
        }
    }
}

#include "gemm/rows_avx512.h"

#define TRITS_AVX512                                                                                           \
    .layout = &LAYOUT, .step = TILE_ROWS, .step_k = BLOCK_COLUMNS, .reject = gemv_reject,                      \
    .scratch = trits_scratch, .prepare = trits_prepare, .run = run,                                            \
    .note = "decoded once, 4 rows x 6 tokens in registers"

#endif
