/* b2x_streams_avx512.h: what streams_avx512.h needs to know of b2x. */
#ifndef TK_B2X_STREAMS_AVX512_H
#define TK_B2X_STREAMS_AVX512_H

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

#endif
