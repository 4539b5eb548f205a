/* b3 x int8 for several tokens with AMX tiles: see gemm_amx.h. The two byte permutes of gemv/b3_avx512.h, and a
 * third that gives D and E as fields of two bits, so that every field is a tile of its own. */
#include "gemv/b3_avx512.h"

enum { FIELDS = 5 };
static const int SHIFT[FIELDS] = {0, 2, 4, 0, 2};
typedef struct decoder {
    b3_tables t;
    __m512i de; /* by x >> 2: D + 4E */
} decoder;

static inline decoder make_decoder(void) {
    uint8_t de[64];
    for (unsigned i = 0; i < 64; i++)
        de[i] = (uint8_t)(i / 7 % 3 + 4 * (i / 7 / 3));
    return (decoder){b3_make_tables(), _mm512_loadu_si512(de)};
}

static inline void decode(__m512i out[FIELDS], const decoder *d, __m512i x) {
    const __m512i index = _mm512_srli_epi16(x, 2), low = _mm512_set1_epi8(0x03), high = _mm512_set1_epi8(0x0c);
    __m512i de = _mm512_permutexvar_epi8(index, d->de);
    __m512i abc =
        _mm512_permutexvar_epi8(_mm512_add_epi8(x, _mm512_permutexvar_epi8(index, d->t.high)), d->t.low);
    out[0] = _mm512_and_si512(abc, low);
    out[1] = _mm512_and_si512(abc, high);
    out[2] = _mm512_and_si512(abc, _mm512_set1_epi8(0x30));
    out[3] = _mm512_and_si512(de, low);
    out[4] = _mm512_and_si512(de, high);
}

#include "gemm/gemm_amx.h"

TK_KERNEL(gemm_b3__amx, .layout = &tk_layout_b3, .step = ROWS, .step_k = TILE_COLUMNS, .reject = panel_reject,
          .scratch = scratch, .prepare = prepare, .run = run, .note = "AMX tiles, 32 tokens x 32 rows of sums");
