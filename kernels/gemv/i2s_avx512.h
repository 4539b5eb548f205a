/* i2s_avx512.h: I2_S x int8 with 512-bit VPDPBUSD and no shifts.
 *
 * A byte holds four codes. Masking alone leaves them scaled, code * {1, 4, 16, 64}, still unsigned bytes, which
 * VPDPBUSD takes; four accumulators keep the scales apart and the end shifts each back. All are exact
 * multiples.
 *
 *   64 bytes of a row = two groups:      | group g, bytes 0..31        | group g+1, bytes 0..31      |
 *   & 0xc0.. meets activations Q0:       | q[128g + 0 .. 31]           | q[128g+128 + 0 .. 31]       |
 *   & 0x30.. Q1 (+32), & 0x0c.. Q2 (+64), & 0x03.. Q3 (+96)
 *
 * prepare writes Q0..Q3 of every pair of groups side by side, 256 bytes, once a token. With an odd number of
 * groups (K = 3200) the last pair is half zero and the codes come by a masked load; it goes first, which saves
 * the copies of 16 accumulators between two loops.
 *
 * Bound: 4 ANDs + 4 VPDPBUSD per 256 columns on two 512-bit ports, 64 columns a cycle: half of the VPDPBUSD
 * roof. Shifting codes down instead takes 11 operations. Four rows share the loads of Q: 2 loads a row for 8
 * operations; 16 accumulators hide the latency of 5.
 * What is left at the end of a panel costs 37 operations: 24 to unscale, 13 to add across.
 * With ROW_BY_ROW one row comes after the other: memory is read in order, but 5 loads for 8 operations and a
 * longer drain cost 17 to 25 % where the codes are in a cache (Zen 4).
 * Tried and lost: one loop of masked loads only. By count: adding across before unscaling takes more
 * operations.
 *
 * How weights are asked for from memory depends on the CPU: a variant defines row_ahead, called for every load
 * of a row's codes, and panel_ahead, called for every four loads, with what is read so far of the panel (not
 * with ROW_BY_ROW).
 *
 * Overflow: see gemv_reject. */
#ifndef TK_I2S_AVX512_H
#define TK_I2S_AVX512_H

#include <string.h>

enum { PAIR = 2 * GEMV_GROUP };

static size_t token_bytes(tk_shape s) {
    return (s.k + GEMV_GROUP) / PAIR * PAIR;
}

static size_t scratch(tk_shape s) {
    return s.n * token_bytes(s);
}

static void prepare(const tk_args *a) {
    size_t k = a->shape.k, pairs = token_bytes(a->shape) / PAIR, from, to;
    gemv_share(a, pairs, &from, &to);
    for (size_t n = 0; n < a->shape.n; n++)
        for (size_t p = from; p < to; p++) {
            const int8_t *q = (const int8_t *)a->x + n * k + p * PAIR;
            int8_t *out = (int8_t *)a->scratch + (n * pairs + p) * PAIR;
            for (size_t j = 0; j < 4; j++) {
                memcpy(out + 64 * j, q + 32 * j, 32);
                if (p * PAIR + GEMV_GROUP < k)
                    memcpy(out + 64 * j + 32, q + GEMV_GROUP + 32 * j, 32);
                else
                    memset(out + 64 * j + 32, 0, 32);
            }
        }
}

typedef struct sums {
    __m512i at1, at4, at16, at64; /* of codes * q scaled by that */
} sums;

/* acc += u8 * s8 in place. GCC 12 moves accumulators that go through the intrinsic in every turn of the loop,
 * so the instruction is spelt out. */
static inline __m512i dot(__m512i acc, __m512i codes, __m512i q) {
    __asm__("vpdpbusd %2, %1, %0" : "+v"(acc) : "v"(codes), "v"(q));
    return acc;
}

static inline void step(sums *s, __m512i w, const __m512i q[4]) {
    __m512i c64 = _mm512_and_si512(w, _mm512_set1_epi8((char)0xc0));
    __m512i c16 = _mm512_and_si512(w, _mm512_set1_epi8(0x30));
    __m512i c4 = _mm512_and_si512(w, _mm512_set1_epi8(0x0c));
    __m512i c1 = _mm512_and_si512(w, _mm512_set1_epi8(0x03));
    s->at64 = dot(s->at64, c64, q[0]);
    s->at16 = dot(s->at16, c16, q[1]);
    s->at4 = dot(s->at4, c4, q[2]);
    s->at1 = dot(s->at1, c1, q[3]);
}

/* Three independent shifts: a chain of shift and add would be twice as long, once for every panel. */
static inline __m512i unscale(sums s) {
    __m512i high = _mm512_add_epi32(_mm512_srai_epi32(s.at64, 6), _mm512_srai_epi32(s.at16, 4));
    return _mm512_add_epi32(high, _mm512_add_epi32(_mm512_srai_epi32(s.at4, 2), s.at1));
}

/* Lane r of the result = sum of the 16 lanes of row r. */
static inline __m128i across(__m512i a, __m512i b, __m512i c, __m512i d) {
    __m512i ab = _mm512_add_epi32(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
    __m512i cd = _mm512_add_epi32(_mm512_unpacklo_epi32(c, d), _mm512_unpackhi_epi32(c, d));
    __m512i all = _mm512_add_epi32(_mm512_unpacklo_epi64(ab, cd), _mm512_unpackhi_epi64(ab, cd));
    __m256i half = _mm256_add_epi32(_mm512_castsi512_si256(all), _mm512_extracti64x4_epi64(all, 1));
    return _mm_add_epi32(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
}

#ifdef ROW_BY_ROW
/* The sums of one row of an even number of groups. */
__attribute__((always_inline)) static inline __m512i one_row(const uint8_t *w, const __m512i *p,
                                                             size_t groups) {
    const __m512i zero = _mm512_setzero_si512();
    sums s = {zero, zero, zero, zero};
    for (const uint8_t *end = w + groups / 2 * 64; w < end; w += 64, p += 4) {
        row_ahead(w);
        step(&s, _mm512_loadu_si512(w), p);
    }
    return unscale(s);
}

static inline __m128i panel(const uint8_t *w, size_t r1, size_t r2, size_t r3, const __m512i *p,
                            size_t groups) {
    const __m512i a = one_row(w, p, groups), b = one_row(w + r1, p, groups), c = one_row(w + r2, p, groups);
    return across(a, b, c, one_row(w + r3, p, groups));
}
#else
static inline __m512i codes(const uint8_t *w) {
    row_ahead(w);
    return _mm512_loadu_si512(w);
}

/* Sums of 4 rows that start at w, w + r1, w + r2, w + r3. The row pointers stay base + offset: four pointers to
 * move in every turn cost 5 %. */
__attribute__((always_inline)) static inline __m128i panel(const uint8_t *w, size_t r1, size_t r2, size_t r3,
                                                           const __m512i *p, size_t groups) {
    const __m512i zero = _mm512_setzero_si512();
    sums a = {zero, zero, zero, zero}, b = a, c = a, d = a;
    if (groups % 2) {
        const uint8_t *last = w + groups / 2 * 64;
        const __m512i *q = p + groups / 2 * 4;
        step(&a, _mm512_maskz_loadu_epi64(0x0f, last), q);
        step(&b, _mm512_maskz_loadu_epi64(0x0f, last + r1), q);
        step(&c, _mm512_maskz_loadu_epi64(0x0f, last + r2), q);
        step(&d, _mm512_maskz_loadu_epi64(0x0f, last + r3), q);
    }
    const uint8_t *first = w;
    for (const uint8_t *end = w + groups / 2 * 64; w < end; w += 64, p += 4) {
        panel_ahead(first + 4 * (w - first));
        const __m512i q[4] = {_mm512_load_si512(p), _mm512_load_si512(p + 1), _mm512_load_si512(p + 2),
                              _mm512_load_si512(p + 3)};
        step(&a, codes(w), q);
        step(&b, codes(w + r1), q);
        step(&c, codes(w + r2), q);
        step(&d, codes(w + r3), q);
    }
    return across(unscale(a), unscale(b), unscale(c), unscale(d));
}
#endif

/* Tokens are the inner loop: a panel comes from memory once for all of them. */
static void run(const tk_args *a) {
    size_t row = a->shape.k / 4, groups = a->shape.k / GEMV_GROUP, token = token_bytes(a->shape), i = a->begin;
    const uint8_t *w = (const uint8_t *)a->w + i * row, *prepared = a->scratch;
    for (; i + 4 <= a->end; i += 4, w += 4 * row)
        for (size_t n = 0; n < a->shape.n; n++) {
            const __m512i *q = (const __m512i *)(const void *)(prepared + n * token);
            __m128i four = panel(w, row, 2 * row, 3 * row, q, groups);
            _mm_storeu_si128((__m128i *)(void *)((int32_t *)a->y + n * a->shape.m + i),
                             _mm_sub_epi32(four, _mm_set1_epi32(a->sum[n])));
        }
    size_t left = a->end - i; /* the first row stands in for missing ones; their sums are not stored */
    for (size_t n = 0; n < a->shape.n && left; n++) {
        const __m512i *q = (const __m512i *)(const void *)(prepared + n * token);
        __m128i four = panel(w, left > 1 ? row : 0, left > 2 ? 2 * row : 0, 0, q, groups);
        _mm_mask_storeu_epi32((int32_t *)a->y + n * a->shape.m + i, (__mmask8)((1u << left) - 1),
                              _mm_sub_epi32(four, _mm_set1_epi32(a->sum[n])));
    }
}

#define I2S_AVX512                                                                                             \
    .layout = &tk_layout_i2s, .step = GEMV_ROWS, .step_k = PAIR, .scratch = scratch, .prepare = prepare

#endif
