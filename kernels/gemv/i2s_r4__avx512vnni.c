/* The 4-row order of I2_S x int8 with 512-bit VPDPBUSD and no shifts: masks leave a row's codes scaled by 1, 4,
 * 16 or 64, which its own sum takes back at the end; the same 64 activations serve four rows. Bound: 4 ANDs + 4
 * VPDPBUSD per 64 columns of four rows, half of the VPDPBUSD roof on two 512-bit ports. */
#include "gemv/panel_avx512.h"
#include "gemv/rows4.h"

enum { VECTOR = 64 };

/* s[r] += row 3 - r, times 1, 4, 16 and 64. */
static inline void step(__m512i s[PANEL_ROWS], __m512i c, __m512i q) {
    s[0] = panel_dot(s[0], _mm512_and_si512(c, _mm512_set1_epi8(0x03)), q);
    s[1] = panel_dot(s[1], _mm512_and_si512(c, _mm512_set1_epi8(0x0c)), q);
    s[2] = panel_dot(s[2], _mm512_and_si512(c, _mm512_set1_epi8(0x30)), q);
    s[3] = panel_dot(s[3], _mm512_and_si512(c, _mm512_set1_epi8((char)0xc0)), q);
}

static inline void panel(int32_t out[PANEL_ROWS], const uint8_t *w, const int8_t *q, size_t k) {
    const __m512i zero = _mm512_setzero_si512();
    __m512i s[PANEL_ROWS] = {zero, zero, zero, zero};
    size_t i = 0;
    for (; k - i >= VECTOR; i += VECTOR) {
        gemv_ahead(w + i);
        step(s, _mm512_loadu_si512(w + i), _mm512_loadu_si512(q + i));
    }
    if (i < k) {
        const __mmask64 rest = (1ull << (k - i)) - 1;
        step(s, _mm512_maskz_loadu_epi8(rest, w + i), _mm512_maskz_loadu_epi8(rest, q + i));
    }
    for (unsigned r = 0; r < PANEL_ROWS; r++)
        out[3 - r] = _mm512_reduce_add_epi32(_mm512_sra_epi32(s[r], _mm_cvtsi32_si128((int)(2 * r))));
}

static void run(const tk_args *a) {
    rows4_walk(a, 0, panel);
}

TK_KERNEL(gemv_i2s_r4__avx512vnni, .layout = &tk_layout_i2s_r4, .step = PANEL_ROWS, .step_k = VECTOR,
          .reject = gemv_reject, .run = run, .note = "codes masked in place, a row a sum");
