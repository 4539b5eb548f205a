/* b2x x int8 for several tokens with AMX tiles: see gemm_amx.h. Decoding is four ANDs for 256 weights: the
 * fields of a byte stay where they are, scaled by 1, 4, 16 and 64. */
#include "gemv/panel_avx512.h"

enum { FIELDS = 4 };
static const int SHIFT[FIELDS] = {0, 2, 4, 6};
typedef struct decoder {
    char none;
} decoder;

static inline decoder make_decoder(void) {
    return (decoder){0};
}

static inline void decode(__m512i out[FIELDS], const decoder *d, __m512i c) {
    (void)d;
    out[0] = _mm512_and_si512(c, _mm512_set1_epi8(0x03));
    out[1] = _mm512_and_si512(c, _mm512_set1_epi8(0x0c));
    out[2] = _mm512_and_si512(c, _mm512_set1_epi8(0x30));
    out[3] = _mm512_and_si512(c, _mm512_set1_epi8((char)0xc0));
}

#include "gemm/gemm_amx.h"

TK_KERNEL(gemm_b2x__amx, .layout = &tk_layout_b2x, .step = ROWS, .step_k = TILE_COLUMNS, .reject = panel_reject,
          .scratch = scratch, .prepare = prepare, .run = run, .note = "AMX tiles, 32 tokens x 32 rows of sums");
