/* IQ2_BN_R4 x int8 with 512-bit VPDPBUSD: a lane of four bytes is a row, so the activations of a field are one
 * shuffle of the 64 that belong to a vector, and rows need few sums across lanes. Masks leave codes scaled by
 * 1, 4, 16, 64; a sum for each, shifted back at the end. Two panels, eight rows, share the shuffles.
 *
 * Lost: one panel at a time, twice the shuffles: 5 to 14 % slower.
 *
 * Bound: 16 ANDs and VPDPBUSD + 4 shuffles for 64 columns of eight rows on two 512-bit ports: 40 % of the
 * VPDPBUSD roof. */
#include "gemv/panel_avx512.h"
#include "gemv/rows4.h"

enum { HEAD = 16, VECTOR = 64 };

static inline void step(__m512i s[4], __m512i c, const __m512i q[4]) {
    s[0] = panel_dot(s[0], _mm512_and_si512(c, _mm512_set1_epi8(0x03)), q[0]);
    s[1] = panel_dot(s[1], _mm512_and_si512(c, _mm512_set1_epi8(0x0c)), q[1]);
    s[2] = panel_dot(s[2], _mm512_and_si512(c, _mm512_set1_epi8(0x30)), q[2]);
    s[3] = panel_dot(s[3], _mm512_and_si512(c, _mm512_set1_epi8((char)0xc0)), q[3]);
}

static inline void rows(int32_t out[PANEL_ROWS], const __m512i s[4]) {
    __m512i all = _mm512_add_epi32(_mm512_add_epi32(s[0], _mm512_srai_epi32(s[1], 2)),
                                   _mm512_add_epi32(_mm512_srai_epi32(s[2], 4), _mm512_srai_epi32(s[3], 6)));
    __m256i half = _mm256_add_epi32(_mm512_castsi512_si256(all), _mm512_extracti64x4_epi64(all, 1));
    _mm_storeu_si128((__m128i *)(void *)out,
                     _mm_add_epi32(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1)));
}

static inline void two_panels(int32_t out[2][PANEL_ROWS], const uint8_t *w, size_t far, const int8_t *q,
                              size_t k) {
    const __m512i zero = _mm512_setzero_si512();
    __m512i s[4] = {zero, zero, zero, zero}, t[4] = {zero, zero, zero, zero};
    for (size_t i = 0; i < k; i += VECTOR) {
        const __m512i x = _mm512_loadu_si512(q + i);
        const __m512i field[4] = {
            _mm512_shuffle_epi32(x, (_MM_PERM_ENUM)0x00), _mm512_shuffle_epi32(x, (_MM_PERM_ENUM)0x55),
            _mm512_shuffle_epi32(x, (_MM_PERM_ENUM)0xaa), _mm512_shuffle_epi32(x, (_MM_PERM_ENUM)0xff)};
        gemv_ahead(w + i);
        gemv_ahead(w + far + i);
        step(s, _mm512_loadu_si512(w + i), field);
        step(t, _mm512_loadu_si512(w + far + i), field);
    }
    rows(out[0], s);
    rows(out[1], t);
}

/* Where one panel is left it stands in for the missing one. Tokens are inside panels. */
static void run(const tk_args *a) {
    const size_t k = a->shape.k;
    for (size_t p = a->begin / PANEL_ROWS; p * PANEL_ROWS < a->end; p += 2) {
        const bool two = (p + 1) * PANEL_ROWS < a->end;
        for (size_t n = 0; n < a->shape.n; n++) {
            int32_t out[2][PANEL_ROWS];
            two_panels(out, rows4_panel(a, p, HEAD), two ? HEAD + k : 0, (const int8_t *)a->x + n * k, k);
            rows4_store(a, p, n, out[0]);
            if (two)
                rows4_store(a, p + 1, n, out[1]);
        }
    }
}

TK_KERNEL(gemv_iq2_bn_r4__avx512vnni, .layout = &tk_layout_iq2_bn_r4, .step = 2 * PANEL_ROWS, .step_k = VECTOR,
          .reject = gemv_reject, .run = run, .note = "a row a lane, 8 rows share shuffled activations");
