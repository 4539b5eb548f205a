/* trits_avx2.h: trits.h with VPMADDUBSW, which also makes the digits.
 *
 *   byte v, even or odd, times 9 as 16 bits:   | 3 t0 + t1 : 8 | what remains : 8 |
 *   what remains times 9: t2 and t3 above it in the same way; times 3: t4
 *
 * The remainder is where the next multiplication finds it: it ignores the upper byte, times 0. The upper bytes
 * of even and odd are put together (shift, AND, OR) and two permutes turn 3 t0 + t1 into t0 and t1. A remainder
 * itself cannot be multiplied with q: a pair of products reaches 65,280 and VPMADDUBSW saturates at 32,767.
 *
 * A unit of 52 to 56 bytes would leave a part of its second vector empty, so a row is taken as the bytes it is,
 * 32 at a time whatever the units, and prepare writes the activations in that order, zeros for what is no
 * weight:
 *
 *   row | 12 vectors of 32 bytes: a chunk | 12 vectors | ...      activations | chunk: [digit][384 bytes] | ...
 *
 * The last vector may reach into the next row, where the activations are zeros; only at the end of the matrix
 * it is a copy. One int16 sum holds a chunk, 60 products: a pair is from 4 * -128 to 4 * 127, and
 * 60 * -512 = -30720. Bound: 29 operations for 160 weights, 16 a cycle on three vector ports. Tried and lost: a
 * digit as the sum of two comparisons, 8 operations for 32 weights; two digits by a table of nibbles, by count;
 * the bytes of 8 TQ1_0 blocks put together so that no vector holds a scale: no fewer vectors at K = 2560; a
 * pinned sum, and two in turn. VPBLENDVB for AND and OR is 6 % faster on Zen 4, but three operations on Golden
 * Cove (uops.info). */
#ifndef TK_TRITS_AVX2_H
#define TK_TRITS_AVX2_H

#include "gemv/trits.h"

#include <immintrin.h>

enum { VECTOR = 32, PLANE = 12 * VECTOR, CHUNK = DIGITS * PLANE };

/* Of a row: codes and, as far as they are in between, scales. */
static inline size_t stream_bytes(size_t k) {
    return row_bytes_of(k) - ROW_AT;
}

static inline size_t chunks_bytes(size_t k) {
    return (stream_bytes(k) + PLANE - 1) / PLANE * CHUNK;
}

static size_t scratch(tk_shape s) {
    return s.n * chunks_bytes(s.k);
}

/* `count` bytes of each digit of a unit, to byte `at` of the row: in one chunk or two. */
static inline void put(int8_t *out, size_t at, const int8_t *unit, size_t count) {
    for (size_t now; count; at += now, unit += now, count -= now) {
        int8_t *to = out + at / PLANE * CHUNK + at % PLANE;
        now = count < PLANE - at % PLANE ? count : PLANE - at % PLANE;
        for (size_t n = 0; n < DIGITS; n++)
            if (now == UNIT_BYTES) /* of known size: no call */
                memcpy(to + n * PLANE, unit + n * UNIT_LANES, UNIT_BYTES);
            else
                memcpy(to + n * PLANE, unit + n * UNIT_LANES, now);
    }
}

/* The row's last unit also zeroes the rest of the last vector: there the next row's bytes are read. */
static void prepare(const tk_args *a) {
    const size_t k = a->shape.k, units = units_of(k), bytes = stream_bytes(k);
    size_t from, to;
    gemv_share(a, a->shape.n * units, &from, &to);
    for (size_t u = from; u < to; u++) {
        const size_t unit = u % units, column = unit * UNIT_COLUMNS, at = unit * UNIT_BYTES;
        int8_t *out = (int8_t *)a->scratch + u / units * chunks_bytes(k);
        int8_t digits[UNIT] = {0};
        prepare_unit(digits, (const int8_t *)a->x + u / units * k + column,
                     k - column < UNIT_COLUMNS ? k - column : UNIT_COLUMNS);
        put(out, at, digits, bytes - at < UNIT_BYTES ? bytes - at : UNIT_BYTES);
        if (unit + 1 == units && bytes % VECTOR) {
            memset(digits, 0, sizeof digits);
            put(out, bytes, digits, VECTOR - bytes % VECTOR);
        }
    }
}

static inline __m256i load(const void *from) {
    return _mm256_loadu_si256((const __m256i *)from);
}

typedef struct products { /* 16 bits: digits above, what remains below; of the even bytes, of the odd ones */
    __m256i even, odd;
} products;

/* The remainders times the base: 3 for the next digit, 9 for the next two. */
static inline products next(products v, int16_t base) {
    const __m256i times = _mm256_set1_epi16(base); /* of a pair of bytes only the lower is multiplied */
    return (products){_mm256_maddubs_epi16(v.even, times), _mm256_maddubs_epi16(v.odd, times)};
}

static inline __m256i digits_of(products v) {
    return _mm256_or_si256(_mm256_srli_epi16(v.even, 8),
                           _mm256_and_si256(v.odd, _mm256_set1_epi16((int16_t)0xff00)));
}

static inline void add(__m256i *sum, __m256i codes, const int8_t *q) {
    *sum = _mm256_add_epi16(*sum, _mm256_maddubs_epi16(codes, load(q)));
}

static inline void add_two(__m256i *sum, __m256i two, const int8_t *q) {
    const __m256i first = _mm256_broadcastsi128_si256(
                      _mm_setr_epi8(0, 0, 0, 1, 1, 1, 2, 2, 2, 0, 0, 0, 0, 0, 0, 0)),
                  second = _mm256_broadcastsi128_si256(
                      _mm_setr_epi8(0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0));
    add(sum, _mm256_shuffle_epi8(first, two), q);
    add(sum, _mm256_shuffle_epi8(second, two), q + PLANE);
}

/* sum += the digits of 32 bytes x activations. */
static inline void add_five(__m256i *sum, __m256i bytes, const int8_t *q) {
    products v = {_mm256_maddubs_epi16(bytes, _mm256_set1_epi16(9)),
                  _mm256_maddubs_epi16(bytes, _mm256_set1_epi16(9 << 8))};
    add_two(sum, digits_of(v), q);
    v = next(v, 9);
    add_two(sum, digits_of(v), q + 2 * PLANE);
    add(sum, digits_of(next(v, 3)), q + 4 * PLANE);
}

/* The sums of `bytes` bytes, PLANE at most, in 32 bits. Reads whole vectors. */
static inline __m256i chunk(const uint8_t *w, const int8_t *q, size_t bytes) {
    __m256i sum = _mm256_setzero_si256();
    for (const uint8_t *end = w + bytes; w < end; w += VECTOR, q += VECTOR) {
        gemv_ahead(w);
        add_five(&sum, load(w), q);
    }
    return _mm256_madd_epi16(sum, _mm256_set1_epi16(1));
}

/* A row's last bytes where the matrix ends before a vector does. */
__attribute__((noinline)) static __m256i last_chunk(const uint8_t *w, const int8_t *q, size_t bytes) {
    uint8_t copy[PLANE] = {0};
    memcpy(copy, w, bytes);
    return chunk(copy, q, bytes);
}

/* `left` is what is left of the matrix. */
static inline int32_t one_row(const uint8_t *w, const int8_t *q, size_t bytes, size_t left) {
    __m256i sum = _mm256_setzero_si256();
    for (; bytes > PLANE; bytes -= PLANE, left -= PLANE, w += PLANE, q += CHUNK)
        sum = _mm256_add_epi32(sum, chunk(w, q, PLANE));
    const size_t read = (bytes + VECTOR - 1) / VECTOR * VECTOR;
    sum = _mm256_add_epi32(sum, read > left ? last_chunk(w, q, bytes) : chunk(w, q, bytes));
    __m128i s = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
    s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0x4e));
    return _mm_cvtsi128_si32(_mm_add_epi32(s, _mm_shuffle_epi32(s, 0xb1)));
}

static void run(const tk_args *a) {
    const size_t k = a->shape.k, bytes = stream_bytes(k);
    for (size_t m = a->begin; m < a->end; m++)
        for (size_t n = 0; n < a->shape.n; n++)
            ((int32_t *)a->y)[n * a->shape.m + m] =
                one_row(unit_at(a, m, 0), (const int8_t *)a->scratch + n * chunks_bytes(k), bytes,
                        (a->shape.m - m) * row_bytes_of(k) - ROW_AT) -
                a->sum[n];
}

#define TRITS_AVX2                                                                                             \
    .layout = &LAYOUT, .step = 1, .step_k = BLOCK_COLUMNS, .reject = gemv_reject, .scratch = scratch,          \
    .prepare = prepare, .run = run, .note = "two digits a multiplication"

#endif
