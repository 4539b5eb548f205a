/* codes2_avx512.h: codes2.h with 512-bit VPDPBUSD and no shifts: the loop of i2s__avx512vnni.c for any order.
 *
 * Masks leave a field's codes scaled by 1, 4, 16, 64, which VPDPBUSD takes; a sum for each scale, shifted back
 * at the end. Four rows share the loads of activations. Bound: 4 ANDs + 4 VPDPBUSD per 256 columns, half of the
 * VPDPBUSD roof on two 512-bit ports; blocks that are put together (Q2_0) add 3 inserts on one port. */
#ifndef TK_CODES2_AVX512_H
#define TK_CODES2_AVX512_H

enum { VECTOR = 64, ROWS = 4 };

#include "gemv/codes2_load_avx512.h"
#include "gemv/panel_avx512.h"

static inline void step(__m512i sum[4], __m512i c, const __m512i q[4]) {
    sum[0] = panel_dot(sum[0], _mm512_and_si512(c, _mm512_set1_epi8(0x03)), q[0]);
    sum[1] = panel_dot(sum[1], _mm512_and_si512(c, _mm512_set1_epi8(0x0c)), q[1]);
    sum[2] = panel_dot(sum[2], _mm512_and_si512(c, _mm512_set1_epi8(0x30)), q[2]);
    sum[3] = panel_dot(sum[3], _mm512_and_si512(c, _mm512_set1_epi8((char)0xc0)), q[3]);
}

static inline __m512i unscaled(const __m512i s[4]) {
    __m512i high = _mm512_add_epi32(_mm512_srai_epi32(s[3], 6), _mm512_srai_epi32(s[2], 4));
    return _mm512_add_epi32(high, _mm512_add_epi32(_mm512_srai_epi32(s[1], 2), s[0]));
}

/* Lane r of the result = sum of the 16 lanes of row r. */
static inline __m128i across(const __m512i s[ROWS]) {
    __m512i ab = _mm512_add_epi32(_mm512_unpacklo_epi32(s[0], s[1]), _mm512_unpackhi_epi32(s[0], s[1]));
    __m512i cd = _mm512_add_epi32(_mm512_unpacklo_epi32(s[2], s[3]), _mm512_unpackhi_epi32(s[2], s[3]));
    __m512i all = _mm512_add_epi32(_mm512_unpacklo_epi64(ab, cd), _mm512_unpackhi_epi64(ab, cd));
    __m256i half = _mm256_add_epi32(_mm512_castsi512_si256(all), _mm512_extracti64x4_epi64(all, 1));
    return _mm_add_epi32(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
}

static inline void load_q(__m512i q[4], const __m512i *p) {
    for (size_t f = 0; f < 4; f++)
        q[f] = _mm512_load_si512(p + f);
}

/* The last chunk of a row when it is short. Apart from the main loop, whose sums stay in registers only if
 * nothing else touches them. */
__attribute__((noinline)) static __m512i short_chunk(const uint8_t *row, const __m512i *p, size_t chunk,
                                                     size_t k) {
    uint8_t last[VECTOR];
    __m512i q[4], sum[4] = {_mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512(),
                            _mm512_setzero_si512()};
    load_q(q, p);
    collect(last, row, chunk, k);
    step(sum, _mm512_loadu_si512(last), q);
    return unscaled(sum);
}

/* Sums of 4 rows that start at w, w + far[0], ... */
static inline __m128i four_rows(const uint8_t *w, const size_t far[ROWS], const __m512i *p, size_t k) {
    const size_t whole = blocks_of(k) * CODE_BYTES / VECTOR;
    const __m512i zero = _mm512_setzero_si512();
    __m512i sum[ROWS][4], total[ROWS];
    for (size_t r = 0; r < ROWS; r++)
        sum[r][0] = sum[r][1] = sum[r][2] = sum[r][3] = zero;
    for (size_t c = 0; c < whole; c++, p += 4) {
        __m512i q[4];
        load_q(q, p);
        for (size_t r = 0; r < ROWS; r++)
            step(sum[r], CODES2_CHUNK(w + far[r], c), q);
    }
    for (size_t r = 0; r < ROWS; r++)
        total[r] = unscaled(sum[r]);
    if ((int)CODE_BYTES < (int)VECTOR && whole < chunks_of(k))
        for (size_t r = 0; r < ROWS; r++)
            total[r] = _mm512_add_epi32(total[r], short_chunk(w + far[r], p, whole, k));
    return across(total);
}

/* Where fewer than four rows are left the first stands in for the missing ones. Tokens are inside rows. */
static void run(const tk_args *a) {
    const size_t k = a->shape.k, bytes = row_bytes_of(k);
    for (size_t m = a->begin; m < a->end; m += ROWS) {
        const size_t rows = a->end - m < ROWS ? a->end - m : ROWS;
        const size_t far[ROWS] = {0, rows > 1 ? bytes : 0, rows > 2 ? 2 * bytes : 0, rows > 3 ? 3 * bytes : 0};
        for (size_t n = 0; n < a->shape.n; n++) {
            const __m512i *q =
                (const __m512i *)(const void *)((const uint8_t *)a->scratch + n * token_bytes(k));
            __m128i four = four_rows((const uint8_t *)a->w + m * bytes, far, q, k);
            _mm_mask_storeu_epi32((int32_t *)a->y + n * a->shape.m + m, (__mmask8)((1u << rows) - 1),
                                  _mm_sub_epi32(four, _mm_set1_epi32(a->sum[n])));
        }
    }
}

#define CODES2_AVX512                                                                                          \
    .layout = &LAYOUT, .step = ROWS, .step_k = BLOCK_COLUMNS, .reject = gemv_reject, .scratch = scratch,       \
    .prepare = prepare, .run = run, .note = "codes masked in place, 4 rows x 256 columns a step"

#endif
