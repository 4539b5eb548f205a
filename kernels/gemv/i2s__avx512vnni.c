/* I2_S x int8 (i2s_avx512.h): each row asks for its own codes, into the L2 (gemv_ahead says why). */
#include "gemv/gemv_tmpl.h"

#include <immintrin.h>

static inline void row_ahead(const uint8_t *w) {
    gemv_ahead(w);
}
static inline void panel_ahead(const uint8_t *w) {
    (void)w;
}

#include "gemv/i2s_avx512.h"

TK_KERNEL(gemv_i2s__avx512vnni, I2S_AVX512, .reject = gemv_reject, .run = run,
          .note = "codes masked in place, 4 rows x 256 columns a step");
