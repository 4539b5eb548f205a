/* I2_S x int8 with 256-bit VPDPBUSD and no shifts: the idea of i2s__avx512vnni.c, one group of 128 at a time.
 *
 *   32 bytes of a row = a group; & 0xc0 meets q[0..31], & 0x30 q[32..63], & 0x0c q[64..95], & 0x03 q[96..127],
 *   so the activations are used where they are: no prepare.
 *
 * Bound: 4 ANDs (3 ports) + 4 VPDPBUSD (2 ports) per 128 columns: 48 columns a cycle on Alder Lake and later.
 * Two rows at once: 8 accumulators cover the latency of 5, and with 4 masks they leave 4 registers.
 * Overflow: see gemv_reject. */
#include "gemv/gemv_tmpl.h"

#include <immintrin.h>

typedef struct sums {
    __m256i at1, at4, at16, at64; /* of codes * q scaled by that */
} sums;

static inline void step(sums *s, const uint8_t *from, const int8_t *q) {
    const __m256i *x = (const __m256i *)q;
    gemv_ahead(from);
    __m256i w = _mm256_loadu_si256((const __m256i *)from);
    __m256i c0 = _mm256_and_si256(w, _mm256_set1_epi8((char)0xc0));
    __m256i c1 = _mm256_and_si256(w, _mm256_set1_epi8(0x30));
    __m256i c2 = _mm256_and_si256(w, _mm256_set1_epi8(0x0c));
    __m256i c3 = _mm256_and_si256(w, _mm256_set1_epi8(0x03));
    s->at64 = _mm256_dpbusd_avx_epi32(s->at64, c0, _mm256_loadu_si256(x));
    s->at16 = _mm256_dpbusd_avx_epi32(s->at16, c1, _mm256_loadu_si256(x + 1));
    s->at4 = _mm256_dpbusd_avx_epi32(s->at4, c2, _mm256_loadu_si256(x + 2));
    s->at1 = _mm256_dpbusd_avx_epi32(s->at1, c3, _mm256_loadu_si256(x + 3));
    TK_PIN(s->at1);
    TK_PIN(s->at4);
    TK_PIN(s->at16);
    TK_PIN(s->at64);
}

static inline __m256i unscale(sums s) {
    __m256i high = _mm256_add_epi32(_mm256_srai_epi32(s.at64, 2), s.at16);
    __m256i low = _mm256_add_epi32(_mm256_srai_epi32(high, 2), s.at4);
    return _mm256_add_epi32(_mm256_srai_epi32(low, 2), s.at1);
}

/* The sums of two rows, lanes added in pairs. */
static inline __m256i two_rows(const uint8_t *w0, const uint8_t *w1, const int8_t *q, size_t groups) {
    const __m256i zero = _mm256_setzero_si256();
    sums a = {zero, zero, zero, zero}, b = a;
    for (size_t at = 0; at < groups * GEMV_BYTES; at += GEMV_BYTES, q += GEMV_GROUP) {
        step(&a, w0 + at, q);
        step(&b, w1 + at, q);
    }
    return _mm256_hadd_epi32(unscale(a), unscale(b));
}

static inline void panel(int32_t *out, const uint8_t *const *row, const void *x, size_t groups) {
    __m256i ab = two_rows(row[0], row[1], x, groups);
    __m256i cd = two_rows(row[2], row[3], x, groups);
    __m256i all = _mm256_hadd_epi32(ab, cd);
    __m128i sum = _mm_add_epi32(_mm256_castsi256_si128(all), _mm256_extracti128_si256(all, 1));
    _mm_storeu_si128((__m128i *)out, sum);
}

static void run(const tk_args *a) {
    gemv_walk(a, a->x, a->shape.k, panel);
}

TK_KERNEL(gemv_i2s__avxvnni, .layout = &tk_layout_i2s, .step = GEMV_ROWS, .step_k = GEMV_GROUP,
          .reject = gemv_reject, .run = run, .note = "codes masked in place, 2 rows x 128 columns a step");
