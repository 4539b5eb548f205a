/* IQ2_BN_R4 x int8 with 512-bit VPDPBUSD: a lane of four bytes is a row, so the activations of a field are one
 * shuffle of the 64 that belong to a vector, and rows need few sums across lanes. Masks leave codes scaled by
 * 1, 4, 16, 64; a sum for each, shifted back at the end.
 *
 * Bound: 8 ANDs and VPDPBUSD + 4 shuffles for 64 columns of four rows on two 512-bit ports: a third of the
 * VPDPBUSD roof. Lost: two panels that share the shuffles, two streams then: 14 % better from L2, but 2 times
 * the time from DRAM on a Zen 4. */
#include "gemv/panel_avx512.h"
#include "gemv/rows4.h"

enum { HEAD = 16, VECTOR = 64 };

static inline void panel(int32_t out[PANEL_ROWS], const uint8_t *w, const int8_t *q, size_t k) {
    const __m512i zero = _mm512_setzero_si512();
    __m512i s[4] = {zero, zero, zero, zero};
    for (size_t i = 0; i < k; i += VECTOR) {
        const __m512i c = _mm512_loadu_si512(w + i), x = _mm512_loadu_si512(q + i);
        gemv_ahead(w + i);
        s[0] = panel_dot(s[0], _mm512_and_si512(c, _mm512_set1_epi8(0x03)),
                         _mm512_shuffle_epi32(x, (_MM_PERM_ENUM)0x00));
        s[1] = panel_dot(s[1], _mm512_and_si512(c, _mm512_set1_epi8(0x0c)),
                         _mm512_shuffle_epi32(x, (_MM_PERM_ENUM)0x55));
        s[2] = panel_dot(s[2], _mm512_and_si512(c, _mm512_set1_epi8(0x30)),
                         _mm512_shuffle_epi32(x, (_MM_PERM_ENUM)0xaa));
        s[3] = panel_dot(s[3], _mm512_and_si512(c, _mm512_set1_epi8((char)0xc0)),
                         _mm512_shuffle_epi32(x, (_MM_PERM_ENUM)0xff));
    }
    __m512i all = _mm512_add_epi32(_mm512_add_epi32(s[0], _mm512_srai_epi32(s[1], 2)),
                                   _mm512_add_epi32(_mm512_srai_epi32(s[2], 4), _mm512_srai_epi32(s[3], 6)));
    __m256i half = _mm256_add_epi32(_mm512_castsi512_si256(all), _mm512_extracti64x4_epi64(all, 1));
    _mm_storeu_si128((__m128i *)(void *)out,
                     _mm_add_epi32(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1)));
}

static void run(const tk_args *a) {
    rows4_walk(a, HEAD, panel);
}

TK_KERNEL(gemv_iq2_bn_r4__avx512vnni, .layout = &tk_layout_iq2_bn_r4, .step = PANEL_ROWS, .step_k = VECTOR,
          .reject = gemv_reject, .run = run, .note = "codes masked in place, a row a lane");
