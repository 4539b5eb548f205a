/* codes2_avx2.h: codes2.h with VPMADDUBSW: the loop of i2s__avx2.c for any order.
 *
 *   & 0x03 (field 0)    & 0x0c (field 1, times 4)    the same of the bytes shifted right by 4: fields 2 and 3
 *
 * |pair| <= 2 * 12 * 128 = 3072 and two of them a chunk: int16 sums hold 5 chunks for every input, code 3 and q
 * = -128 included; then they are widened, those of plain codes times 4.
 * Bound: 13.8 operations per 128 columns on three vector ports, 28 a cycle. Ten chunks are one straight piece
 * of code, with sums pinned so that the compiler does not mix the chunks and spill: a loop of one chunk a turn
 * spends a sixth on moves of sums, where blocks lie apart (TQ2_0) a third with their addresses. */
#ifndef TK_CODES2_AVX2_H
#define TK_CODES2_AVX2_H

#include "gemv/codes2_load_avx2.h"

enum {
    WIDEN = 5,
    STRAIGHT = 2 * WIDEN,
    STRAIGHT_BYTES = STRAIGHT * VECTOR / CODE_BYTES * BLOCK_BYTES,
    ROWS = 4,
};

static inline __m256i times(__m256i codes, __m256i mask, const __m256i *q) {
    return _mm256_maddubs_epi16(_mm256_and_si256(codes, mask), _mm256_load_si256(q));
}

/* at1 and at4 += a chunk's products; the latter of codes times 4. */
static inline void step(__m256i *at1, __m256i *at4, __m256i c, const __m256i *q) {
    const __m256i low = _mm256_set1_epi8(0x03), high = _mm256_set1_epi8(0x0c), up = _mm256_srli_epi16(c, 4);
    *at1 = _mm256_add_epi16(_mm256_add_epi16(*at1, times(c, low, q)), times(up, low, q + 2));
    *at4 = _mm256_add_epi16(_mm256_add_epi16(*at4, times(c, high, q + 1)), times(up, high, q + 3));
    TK_PIN(*at1);
    TK_PIN(*at4);
}

/* Four times the products that at1 and at4 hold. */
static inline __m256i widened(__m256i at1, __m256i at4) {
    return _mm256_add_epi32(_mm256_madd_epi16(at1, _mm256_set1_epi16(4)),
                            _mm256_madd_epi16(at4, _mm256_set1_epi16(1)));
}

/* Four times the products of WIDEN chunks from `first` on, a constant where this is inlined. */
static inline __m256i five_chunks(const uint8_t *row, size_t first, const __m256i *q) {
    __m256i at1 = _mm256_setzero_si256(), at4 = at1;
    step(&at1, &at4, CODES2_CHUNK(row, first), q);
    step(&at1, &at4, CODES2_CHUNK(row, first + 1), q + 4);
    step(&at1, &at4, CODES2_CHUNK(row, first + 2), q + 8);
    step(&at1, &at4, CODES2_CHUNK(row, first + 3), q + 12);
    step(&at1, &at4, CODES2_CHUNK(row, first + 4), q + 16);
    return widened(at1, at4);
}

/* The last chunk of a row when it is short. */
__attribute__((noinline)) static __m256i short_chunk(const uint8_t *row, const __m256i *q, size_t chunk,
                                                     size_t k) {
    __m256i at1 = _mm256_setzero_si256(), at4 = at1;
    step(&at1, &at4, last_codes(row, chunk, k), q);
    return widened(at1, at4);
}

static inline __m256i one_row(const uint8_t *row, const __m256i *q, size_t k) {
    const size_t whole = blocks_of(k) * CODE_BYTES / VECTOR;
    const uint8_t *at = row;
    __m256i sum = _mm256_setzero_si256(), at1 = sum, at4 = sum;
    size_t left = whole;
    for (; left >= STRAIGHT; left -= STRAIGHT, at += STRAIGHT_BYTES, q += 4 * STRAIGHT) {
        sum = _mm256_add_epi32(sum, five_chunks(at, 0, q));
        sum = _mm256_add_epi32(sum, five_chunks(at, WIDEN, q + 4 * WIDEN));
    }
    for (size_t c = 0; c < left; c++, q += 4) {
        step(&at1, &at4, CODES2_CHUNK(at, c), q);
        if (c == WIDEN - 1 || c == left - 1) {
            sum = _mm256_add_epi32(sum, widened(at1, at4));
            at1 = at4 = _mm256_setzero_si256();
        }
    }
    if ((int)CODE_BYTES < (int)VECTOR && whole < chunks_of(k))
        sum = _mm256_add_epi32(sum, short_chunk(row, q, whole, k));
    return _mm256_srai_epi32(sum, 2);
}

/* Four rows a step, for the sums across lanes; the last row stands in for missing ones. Tokens are inside rows.
 */
static void run(const tk_args *a) {
    const size_t k = a->shape.k, bytes = row_bytes_of(k);
    for (size_t m = a->begin; m < a->end; m += ROWS) {
        const size_t rows = a->end - m < ROWS ? a->end - m : ROWS;
        for (size_t n = 0; n < a->shape.n; n++) {
            const __m256i *q =
                (const __m256i *)(const void *)((const uint8_t *)a->scratch + n * token_bytes(k));
            __m256i s[ROWS];
            int32_t out[ROWS];
            for (size_t r = 0; r < ROWS; r++)
                s[r] = one_row((const uint8_t *)a->w + (m + (r < rows ? r : rows - 1)) * bytes, q, k);
            __m256i all = _mm256_hadd_epi32(_mm256_hadd_epi32(s[0], s[1]), _mm256_hadd_epi32(s[2], s[3]));
            __m128i four = _mm_add_epi32(_mm256_castsi256_si128(all), _mm256_extracti128_si256(all, 1));
            _mm_storeu_si128((__m128i *)(void *)out, _mm_sub_epi32(four, _mm_set1_epi32(a->sum[n])));
            memcpy((int32_t *)a->y + n * a->shape.m + m, out, rows * sizeof *out);
        }
    }
}

#define CODES2_AVX2                                                                                            \
    .layout = &LAYOUT, .step = ROWS, .step_k = BLOCK_COLUMNS, .reject = gemv_reject, .scratch = scratch,       \
    .prepare = prepare, .run = run, .note = "VPMADDUBSW, straight code for 10 x 128 columns"

#endif
