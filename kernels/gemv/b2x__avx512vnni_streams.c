/* b2x x int8 with 512-bit VPDPBUSD, four panels at once: the products are those of b2x__avx512vnni.c, the
 * streams those of streams_avx512.h.
 *
 * Emerald Rapids class, 2560x2560, cold, two threads, medians of one interleaved run: one stream 24.5 GB/s, two
 * 25.6, four 25.9. From L2 it is as fast as one stream. */
#include "gemv/panel_avx512.h"

enum { FIELDS = 4 };
typedef struct decoder {
    char none;
} decoder;

static inline decoder make_decoder(void) {
    return (decoder){0};
}

static inline void codes_of(__m512i out[FIELDS], const decoder *d, __m512i codes) {
    (void)d;
    b2x_decode(out, codes);
}

static inline void apart(__m512i row[FIELDS], const __m512i sum[FIELDS], int32_t activations) {
    b2x_apart(row, sum);
    for (size_t f = 0; f < FIELDS; f++)
        row[f] = _mm512_sub_epi32(row[f], _mm512_set1_epi32(activations));
}

#include "gemv/streams_avx512.h"

TK_KERNEL(gemv_b2x__avx512vnni_streams, .layout = &tk_layout_b2x, STREAMS_AVX512);
