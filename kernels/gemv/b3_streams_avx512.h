/* b3_streams_avx512.h: what streams_avx512.h needs to know of b3. */
#ifndef TK_B3_STREAMS_AVX512_H
#define TK_B3_STREAMS_AVX512_H

#include "gemv/b3_avx512.h"

enum { FIELDS = 5 };
typedef b3_tables decoder;

static inline decoder make_decoder(void) {
    return b3_make_tables();
}

static inline void codes_of(__m512i out[FIELDS], const decoder *d, __m512i codes) {
    b3_decode(out, d, codes);
}

static inline void apart(__m512i row[FIELDS], const __m512i sum[FIELDS], int32_t activations) {
    b3_apart(row, sum, activations);
}

#include "gemv/streams_avx512.h"

#endif
