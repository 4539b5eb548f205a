/* TQ1_0 x int8 with VPMADDUBSW, which also makes the digits.
 *
 *   byte v, even or odd, times 9 as 16 bits:   | 3 t0 + t1 : 8 | what remains : 8 |   times 9: t2, t3; times 3:
 * t4
 *
 * The remainder is where the next multiplication finds it: it ignores the upper byte, times 0. The upper bytes
 * of even and odd are put together (shift, AND, OR) and two permutes turn 3 t0 + t1 into t0 and t1. A remainder
 * itself cannot be multiplied with q: a pair of products reaches 65,280 and VPMADDUBSW saturates at 32,767.
 *
 * A block's 52 bytes would fill one vector and a part of a second. Taken 8 blocks at a time none is empty:
 *
 *   2 blocks | 0..31 of the first | 0..31 of the second | 32..47 of the first, 32..47 of the second |   x 4
 *   8 blocks | 48..51 of each |                              4 digits, the others 5: 64 products in all
 *
 * and prepare writes the activations in that order. One int16 sum holds all 64 products: a pair of them is from
 * 4 * -128 to 4 * 127, and 64 * -512 = -32768 just fits; then it is widened.
 * Bound: 29 operations for 160 weights, 16 a cycle on three vector ports. Tried and lost: a digit as the sum of
 * two comparisons, 8 operations for 32 weights; two digits by a table of nibbles, by count; bytes 48..51 put
 * together in memory, since a vector load waits for the small stores before it. */
#include "layouts/tq1_0.h"

#include "gemv/trits.h"

#include <immintrin.h>

enum { GROUP = 8, GROUP_COLUMNS = GROUP * UNIT_COLUMNS, PAIR = 480 };

static size_t group_bytes(size_t k) {
    return (k + GROUP_COLUMNS - 1) / GROUP_COLUMNS * GROUP_COLUMNS;
}

static size_t scratch(tk_shape s) {
    return s.n * group_bytes(s.k);
}

/* A group of up to GROUP blocks; zeros where there is none. */
static void prepare_group(int8_t *out, const int8_t *q, size_t blocks) {
    memset(out, 0, GROUP_COLUMNS);
    for (size_t b = 0; b < blocks; b++, q += UNIT_COLUMNS) {
        int8_t *pair = out + b / 2 * PAIR;
        memcpy(pair + b % 2 * 160, q, 160);
        for (size_t n = 0; n < DIGITS; n++)
            memcpy(pair + 320 + 32 * n + b % 2 * 16, q + 160 + 16 * n, 16);
        for (size_t n = 0; n < 4; n++)
            memcpy(out + (blocks + 1) / 2 * PAIR + 32 * n + 4 * b, q + 240 + 4 * n, 4);
    }
}

static void prepare(const tk_args *a) {
    const size_t k = a->shape.k, groups = group_bytes(k) / GROUP_COLUMNS;
    size_t from, to;
    gemv_share(a, a->shape.n * groups, &from, &to);
    for (size_t g = from; g < to; g++) {
        const size_t at = g % groups * GROUP_COLUMNS, left = (k - at) / UNIT_COLUMNS;
        prepare_group((int8_t *)a->scratch + g * GROUP_COLUMNS, (const int8_t *)a->x + g / groups * k + at,
                      left < GROUP ? left : GROUP);
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

static inline __m256i digits(products v) {
    return _mm256_or_si256(_mm256_srli_epi16(v.even, 8),
                           _mm256_and_si256(v.odd, _mm256_set1_epi16((int16_t)0xff00)));
}

static inline void add(__m256i *sum, __m256i codes, const int8_t *q) {
    *sum = _mm256_add_epi16(*sum, _mm256_maddubs_epi16(codes, load(q)));
    GEMV_PIN(*sum);
}

static inline void add_two(__m256i *sum, __m256i two, const int8_t *q) {
    const __m256i first = _mm256_broadcastsi128_si256(
                      _mm_setr_epi8(0, 0, 0, 1, 1, 1, 2, 2, 2, 0, 0, 0, 0, 0, 0, 0)),
                  second = _mm256_broadcastsi128_si256(
                      _mm_setr_epi8(0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0));
    add(sum, _mm256_shuffle_epi8(first, two), q);
    add(sum, _mm256_shuffle_epi8(second, two), q + 32);
}

/* sum += 4 digits of 32 bytes x activations. */
static inline products add_four(__m256i *sum, __m256i bytes, const int8_t *q) {
    products v = {_mm256_maddubs_epi16(bytes, _mm256_set1_epi16(9)),
                  _mm256_maddubs_epi16(bytes, _mm256_set1_epi16(9 << 8))};
    add_two(sum, digits(v), q);
    v = next(v, 9);
    add_two(sum, digits(v), q + 64);
    return v;
}

static inline void add_five(__m256i *sum, __m256i bytes, const int8_t *q) {
    add(sum, digits(next(add_four(sum, bytes, q), 3)), q + 128);
}

/* Bytes 32..47 of two blocks. */
static inline __m256i middles(const uint8_t *first, const uint8_t *second) {
    return _mm256_loadu2_m128i((const __m128i *)(const void *)(second + 32),
                               (const __m128i *)(const void *)(first + 32));
}

/* Bytes 48..51 of a block. */
static inline int32_t rest(const uint8_t *block) {
    int32_t four;
    memcpy(&four, block + 48, 4);
    return four;
}

/* The products of `blocks` blocks; for the missing ones there are zeros among the activations, so any block can
 * stand in: the last one. */
__attribute__((always_inline)) static inline __m256i group(const uint8_t *w, const int8_t *q, size_t blocks) {
    const uint8_t *b[GROUP];
    __m256i sum = _mm256_setzero_si256();
    for (size_t i = 0; i < GROUP; i++)
        b[i] = w + (i < blocks ? i : blocks - 1) * UNIT_BYTES;
    for (size_t i = 0; i < blocks; i += 2, q += PAIR) {
        gemv_ahead(b[i]);
        gemv_ahead(b[i + 1]);
        add_five(&sum, load(b[i]), q);
        add_five(&sum, load(b[i + 1]), q + 160);
        add_five(&sum, middles(b[i], b[i + 1]), q + 320);
    }
    __m256i last = _mm256_setr_epi32(rest(b[0]), rest(b[1]), rest(b[2]), rest(b[3]), rest(b[4]), rest(b[5]),
                                     rest(b[6]), rest(b[7]));
    add_four(&sum, last, q);
    return _mm256_madd_epi16(sum, _mm256_set1_epi16(1));
}

static inline int32_t one_row(const uint8_t *w, const int8_t *q, size_t blocks) {
    __m256i sum = _mm256_setzero_si256();
    for (; blocks >= GROUP; blocks -= GROUP, w += GROUP * UNIT_BYTES, q += GROUP_COLUMNS)
        sum = _mm256_add_epi32(sum, group(w, q, GROUP));
    if (blocks)
        sum = _mm256_add_epi32(sum, group(w, q, blocks));
    __m128i s = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
    s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0x4e));
    return _mm_cvtsi128_si32(_mm_add_epi32(s, _mm_shuffle_epi32(s, 0xb1)));
}

static void run(const tk_args *a) {
    const size_t k = a->shape.k, blocks = units_of(k);
    for (size_t m = a->begin; m < a->end; m++)
        for (size_t n = 0; n < a->shape.n; n++)
            ((int32_t *)a->y)[n * a->shape.m + m] =
                one_row((const uint8_t *)a->w + m * blocks * UNIT_BYTES,
                        (const int8_t *)a->scratch + n * group_bytes(k), blocks) -
                a->sum[n];
}

TK_KERNEL(gemv_tq1_0__avx2, .layout = &tk_layout_tq1_0, .step = 1, .step_k = UNIT_COLUMNS,
          .reject = gemv_reject, .scratch = scratch, .prepare = prepare, .run = run,
          .note = "two digits a multiplication");
