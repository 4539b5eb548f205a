/* mul_avx512.h: y = x * w for int8 w in [LOW, 1], any other w counting as 0; both elementwise ops, AVX-512.
 *
 *   64 weights -> one byte-wise range test -> 4 x (16 bytes -> 16 int32 -> 16 f32) -> 4 products
 *
 * Bound: 9 bytes an element against the cache level that holds them; the arithmetic (about 14 instructions for
 * 64 elements) stays below that. The head is scalar-free: masks do head and tail, so not a byte outside is
 * touched.
 */
#ifndef TK_MUL_AVX512_H
#define TK_MUL_AVX512_H

#include "kernel.h"

#include <immintrin.h>

static inline __m512i mul_clean(__m512i w, int low) { /* unsigned w - low > 1 - low: out of range */
    __mmask64 in = _mm512_cmple_epu8_mask(_mm512_sub_epi8(w, _mm512_set1_epi8((char)low)),
                                          _mm512_set1_epi8((char)(1 - low)));
    return _mm512_maskz_mov_epi8(in, w);
}

static inline __m512 mul_widen(__m512i w, int quarter) {
    __m128i part = quarter == 0   ? _mm512_castsi512_si128(w)
                   : quarter == 1 ? _mm512_extracti32x4_epi32(w, 1)
                   : quarter == 2 ? _mm512_extracti32x4_epi32(w, 2)
                                  : _mm512_extracti32x4_epi32(w, 3);
    return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(part));
}

/* At most 64 elements under masks. */
static inline void mul_masked(float *y, const float *x, const int8_t *w, size_t n, int low) {
    __mmask64 all = n < 64 ? (1ull << n) - 1 : ~0ull;
    __m512i t = mul_clean(_mm512_maskz_loadu_epi8(all, w), low);
#define QUARTER(q)                                                                                             \
    {                                                                                                          \
        __mmask16 m = (__mmask16)(all >> (16 * (q)));                                                          \
        _mm512_mask_storeu_ps(y + 16 * (q), m,                                                                 \
                              _mm512_mul_ps(_mm512_maskz_loadu_ps(m, x + 16 * (q)), mul_widen(t, q)));         \
    }
    QUARTER(0) QUARTER(1) QUARTER(2) QUARTER(3)
#undef QUARTER
}

static inline void mul_run(const tk_args *a, int low, bool stream) {
    const int8_t *w = (const int8_t *)a->w + a->begin;
    const float *x = (const float *)a->x + a->begin;
    float *y = (float *)a->y + a->begin;
    size_t n = a->end - a->begin, i = 0;
    /* Stores that straddle cache lines cost twice; loads that do are cheaper. */
    size_t head = (64 - ((uintptr_t)y & 63)) % 64 / 4;
    head = head < n ? head : n;
    if (head) {
        mul_masked(y, x, w, head, low);
        i = head;
    }
    for (; i + 64 <= n; i += 64) {
        if (stream) {
            _mm_prefetch((const char *)(x + i) + 4096, _MM_HINT_NTA);
            _mm_prefetch((const char *)(x + i) + 4160, _MM_HINT_NTA);
            _mm_prefetch((const char *)(x + i) + 4224, _MM_HINT_NTA);
            _mm_prefetch((const char *)(x + i) + 4288, _MM_HINT_NTA);
            _mm_prefetch((const char *)(w + i) + 1024, _MM_HINT_NTA);
        }
        __m512i t = mul_clean(_mm512_loadu_si512(w + i), low);
        __m512 p0 = _mm512_mul_ps(_mm512_loadu_ps(x + i), mul_widen(t, 0));
        __m512 p1 = _mm512_mul_ps(_mm512_loadu_ps(x + i + 16), mul_widen(t, 1));
        __m512 p2 = _mm512_mul_ps(_mm512_loadu_ps(x + i + 32), mul_widen(t, 2));
        __m512 p3 = _mm512_mul_ps(_mm512_loadu_ps(x + i + 48), mul_widen(t, 3));
        if (stream) {
            _mm512_stream_ps(y + i, p0);
            _mm512_stream_ps(y + i + 16, p1);
            _mm512_stream_ps(y + i + 32, p2);
            _mm512_stream_ps(y + i + 48, p3);
        } else {
            _mm512_storeu_ps(y + i, p0);
            _mm512_storeu_ps(y + i + 16, p1);
            _mm512_storeu_ps(y + i + 32, p2);
            _mm512_storeu_ps(y + i + 48, p3);
        }
    }
    if (i < n)
        mul_masked(y + i, x + i, w + i, n - i, low);
    if (stream)
        _mm_sfence();
}

#endif
