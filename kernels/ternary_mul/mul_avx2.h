/* mul_avx2.h: y = x * w for int8 w in [LOW, 1], any other w counting as 0; both elementwise ops, AVX2.
 *
 *   32 weights -> one byte-wise range test -> 4 x (8 bytes -> 8 int32 -> 8 f32) -> 4 products
 *
 * Bound: 9 bytes an element. Head (to the store alignment) and tail are scalar: AVX2 has no byte masks.
 */
#ifndef TK_MUL_AVX2_H
#define TK_MUL_AVX2_H

#include "kernel.h"

#include <immintrin.h>

static inline void mul_scalar(float *y, const float *x, const int8_t *w, size_t n, int low) {
    for (size_t i = 0; i < n; i++)
        y[i] = x[i] * (float)(w[i] >= low && w[i] <= 1 ? w[i] : 0);
}

static inline __m256 mul_widen(__m128i bytes) {
    return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(bytes));
}

static inline __m256i mul_clean(__m256i w, int low) { /* max(w - low, limit) == limit, unsigned: in range */
    __m256i limit = _mm256_set1_epi8((char)(1 - low)), t = _mm256_sub_epi8(w, _mm256_set1_epi8((char)low));
    return _mm256_and_si256(w, _mm256_cmpeq_epi8(_mm256_max_epu8(t, limit), limit));
}

static inline void mul_run(const tk_args *a, int low, bool stream) {
    const int8_t *w = (const int8_t *)a->w + a->begin;
    const float *x = (const float *)a->x + a->begin;
    float *y = (float *)a->y + a->begin;
    size_t n = a->end - a->begin, i = (32 - ((uintptr_t)y & 31)) % 32 / 4;
    i = i < n ? i : n;
    mul_scalar(y, x, w, i, low);
    for (; i + 32 <= n; i += 32) {
        if (stream) {
            _mm_prefetch((const char *)(x + i) + 4096, _MM_HINT_NTA);
            _mm_prefetch((const char *)(x + i) + 4160, _MM_HINT_NTA);
            _mm_prefetch((const char *)(w + i) + 1024, _MM_HINT_NTA);
        }
        __m256i t = mul_clean(_mm256_loadu_si256((const __m256i *)(const void *)(w + i)), low);
        __m128i lo = _mm256_castsi256_si128(t), hi = _mm256_extracti128_si256(t, 1);
        __m256 p0 = _mm256_mul_ps(_mm256_loadu_ps(x + i), mul_widen(lo));
        __m256 p1 = _mm256_mul_ps(_mm256_loadu_ps(x + i + 8), mul_widen(_mm_unpackhi_epi64(lo, lo)));
        __m256 p2 = _mm256_mul_ps(_mm256_loadu_ps(x + i + 16), mul_widen(hi));
        __m256 p3 = _mm256_mul_ps(_mm256_loadu_ps(x + i + 24), mul_widen(_mm_unpackhi_epi64(hi, hi)));
        if (stream) {
            _mm256_stream_ps(y + i, p0);
            _mm256_stream_ps(y + i + 8, p1);
            _mm256_stream_ps(y + i + 16, p2);
            _mm256_stream_ps(y + i + 24, p3);
        } else {
            _mm256_storeu_ps(y + i, p0);
            _mm256_storeu_ps(y + i + 8, p1);
            _mm256_storeu_ps(y + i + 16, p2);
            _mm256_storeu_ps(y + i + 24, p3);
        }
    }
    mul_scalar(y + i, x + i, w + i, n - i, low);
    if (stream)
        _mm_sfence();
}

#endif
