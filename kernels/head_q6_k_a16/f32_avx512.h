/* f32_avx512.h: the output head over Q6_K weights with 16-bit activations, AVX-512 VNNI: head/a16.h has the
 * contract.
 *
 *   64 low nibbles + 64 high pairs -> 64 codes c = 0 .. 63, column after column
 *   VPDPBUSD   16 sums of 4: -32 (hi + hi + hi + hi) + c . hi, |sum| <= 16256; the same with lo, |sum| <= 16384
 *   VPDPWSSD   those times the scales: a sum is the low word of its 32 bits, the high word meets a zero
 *
 * prepare leaves, for every 64 columns: [64 hi] [64 lo] [16 sums -32 (hi + ..)] [16 of lo], so codes need no
 * centring. VPSHUFB moves scales to the upper byte of their word, which makes them 256 s: what hi needs; the
 * sums of lo are shifted down once a block (they stay within -2^31 .. 2^31 - 1: 256 * 4 * 128 * 16384 = 2^31,
 * and its sign is negative).
 *
 * Bound: 39 operations (16 of them products, one a cycle) a row for 256 weights of 210 bytes on two 512-bit
 * ports: 10 bytes a cycle; in the caches it reaches 8 (Zen 4), as products, shifts and byte shuffles share
 * three of four ports. Three rows share the loads of the activations: 4 % faster than one, two or four. Memory
 * should see one stream: the rows, which follow one another, are prefetched in that order, 1.2 times as fast
 * with pages of 4 KiB as each row's own prefetches. How far ahead, and into which cache, a variant says: it
 * depends on the CPU. A line of each page 32 KiB ahead first, so that its address is known by then: 1.1 times
 * with pages of 4 KiB.
 *
 * A variant defines AHEAD(bytes of a group of rows) and CACHE before it includes this, and THEN(the address of
 * a line) where more is done for each.
 *
 * What lost: (c - 32) s by VPMULHW for even and odd columns, and VPDPWSSD with whole activations: half as many
 * loads of activations and no hi and lo, but 46 operations: 0.8 of this speed. */
#ifndef TK_HEAD_Q6_K_A16_AVX512_H
#define TK_HEAD_Q6_K_A16_AVX512_H

#ifndef THEN
#define THEN(line) (void)0
#endif

#define ROW        q6_k_row
#define A16_COLUMN 4
#define A16_ROWS   3
#include "f32/f32_vec.h"
#include "head/a16.h"
#include "pin.h"

#include <immintrin.h>

enum { BLOCK = 256, BYTES = 210 };

static inline void a16_store(uint8_t *to, size_t at, const int16_t *a, size_t n) {
    int32_t start[2][A16_PIECE / 4] = {{0}};
    a16_store_halves(to, at, a, n);
    for (size_t i = 0; i < n; i++) {
        start[0][i / 4] -= 32 * a16_high(a[i]);
        start[1][i / 4] -= 32 * a16_low(a[i]);
    }
    memcpy(to + A16_COLUMN * at + 2 * A16_PIECE, start, sizeof start);
}

/* Codes 64 p .. 64 p + 63 of half a block, from its low nibbles and its high pairs (twice). */
static inline __m512i codes64(__m512i low, __m512i high, size_t p) {
    const __m512i left = _mm512_inserti64x4(_mm512_set1_epi16(4), _mm256_set1_epi16(2), 1);
    const __m512i right = _mm512_inserti64x4(_mm512_setzero_si512(), _mm256_set1_epi16(2), 1);
    const __m512i nibbles = _mm512_and_si512(p ? _mm512_srli_epi16(low, 4) : low, _mm512_set1_epi8(15));
    const __m512i pairs = p ? _mm512_srlv_epi16(high, right) : _mm512_sllv_epi16(high, left);
    return _mm512_ternarylogic_epi64(nibbles, pairs, _mm512_set1_epi8(0x30), 0xf8); /* a | (b & c) */
}

/* For VPSHUFB: scale 4 p + i to the second byte of the four lanes of quarter i, zeros around it. */
static inline __m512i scale_places(size_t p) {
    const __m512i quarter = _mm512_setr_epi32(0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3);
    const __m512i scale = _mm512_add_epi32(quarter, _mm512_set1_epi32((int)(4 * p)));
    return _mm512_or_si512(_mm512_slli_epi32(scale, 8), _mm512_set1_epi32((int)0x80800080));
}

__attribute__((always_inline)) static inline void a16_dots(float *out, const uint8_t *w, size_t row,
                                                           const uint8_t *activations, size_t k, size_t rows) {
    const char *ahead = (const char *)w + AHEAD(rows * row);
    const __m512i *a = (const __m512i *)(const void *)activations;
    __m512 acc[A16_ROWS];
    for (size_t r = 0; r < rows; r++)
        acc[r] = _mm512_setzero_ps();
    for (size_t page = 0; page < rows * row; page += 4096) /* its address, before its lines are wanted */
        _mm_prefetch((const char *)w + 32768 + page, _MM_HINT_T2);
    for (size_t b = 0; b < k / BLOCK; b++, a += 16, ahead += rows * BYTES) {
        const uint8_t *block = w + b * BYTES;
        __m512i hi[A16_ROWS], lo[A16_ROWS];
        for (size_t line = 0; line < rows * BYTES; line += 64) {
            _mm_prefetch(ahead + line, CACHE);
            THEN((const char *)w + b * rows * BYTES + line);
        }
        for (size_t r = 0; r < rows; r++)
            hi[r] = lo[r] = _mm512_setzero_si512();
        for (size_t h = 0; h < 2; h++) {
            __m512i low[A16_ROWS], high[A16_ROWS];
            for (size_t r = 0; r < rows; r++) {
                low[r] = _mm512_loadu_si512(block + r * row + 64 * h);
                high[r] = _mm512_broadcast_i64x4(
                    _mm256_loadu_si256((const __m256i *)(const void *)(block + r * row + 128 + 32 * h)));
            }
            for (size_t q = 0; q < 2; q++) {
                __m512i hi8 = a[8 * h + 4 * q], lo8 = a[8 * h + 4 * q + 1], hi_start = a[8 * h + 4 * q + 2],
                        lo_start = a[8 * h + 4 * q + 3];
                TK_PIN(hi8); /* or the activations are loaded anew for every row */
                TK_PIN(lo8);
                TK_PIN(hi_start);
                TK_PIN(lo_start);
                for (size_t r = 0; r < rows; r++) {
                    const __m512i scales = _mm512_broadcast_i32x4(
                        _mm_loadu_si128((const __m128i *)(const void *)(block + r * row + 192)));
                    const __m512i scale = _mm512_shuffle_epi8(scales, scale_places(2 * h + q));
                    const __m512i codes = codes64(low[r], high[r], q);
                    hi[r] = _mm512_dpwssd_epi32(hi[r], _mm512_dpbusd_epi32(hi_start, codes, hi8), scale);
                    lo[r] = _mm512_dpwssd_epi32(lo[r], _mm512_dpbusd_epi32(lo_start, codes, lo8), scale);
                }
            }
        }
        for (size_t r = 0; r < rows; r++) {
            const uint8_t *p = block + r * row + 208;
            const __m512 d = _mm512_set1_ps(_cvtsh_ss((uint16_t)(p[0] | p[1] << 8)));
            const __m512i sum = _mm512_add_epi32(hi[r], _mm512_srai_epi32(lo[r], 8));
            acc[r] = _mm512_add_ps(acc[r], _mm512_mul_ps(d, _mm512_cvtepi32_ps(sum)));
        }
    }
    for (size_t r = 0; r < rows; r++)
        out[r] = lanes_sum((lanes){{(vec)acc[r]}});
}

#endif
