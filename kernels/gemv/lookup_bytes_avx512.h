/* lookup_bytes_avx512.h: W1.58A8 by look-up instead of multiplication, with 512-bit VPERMI2B.
 *
 * Four weights of a row make an index, i = a + 3b + 9c + 32d (codes 0..2), below 91. Four activations make a
 * table of 81 sums e, |e| <= 512. A sum has more than 8 bits, so the table is two tables of bytes, and VPERMI2B
 * (128 bytes in two registers) looks an index of 64 rows up in each:
 *
 *   e + 16 = 32 h - r, r = 0..31: table "low" holds (e + 16) mod 256, table "high" -h, from -17 to 15
 *
 * Low bytes are added up modulo 256, h by subtractions. So 256 products take two permutes and two additions,
 * where VPDPBUSD does 64 with one operation. What the bytes lose comes back exactly every RUN = 7 indices: with
 * T = 256 A + L the true sum before them (all with the 16s), L' the low byte after them and Hs the sum of h,
 *
 *   32 (Hs + L/32 - L'/32) = 256 (A' - A) + something from 0 to 224         (quotients rounded down)
 *
 * because the r of 7 entries add up to 0..217 and what L and L' lose differs by less than 32, and all other
 * terms are multiples of 32. So A' = A + (Hs + L/32 - L'/32) >> 3, in bytes; GF2P8AFFINEQB shifts bytes. The
 * bracket stays within [-112, 126]. Up to 63 indices have |sum| <= 32,256: 16 bits, made of A and L, which is
 * where the 16s are taken off again, by what A and L start from. A chunk is 42: the tables of two tokens
 * (16 KiB) and 256 rows of it (11 KiB) fit an L1 of 32 KiB, 63 do not (8 % slower on Zen 4).
 *
 * Bound on a CPU with two 512-bit operations and one permute a cycle (Zen 4): 4 + 4/7 operations for 256
 * products, 112 a cycle or 1.75 times its VPDPBUSD roof; measured at 2560x2560 and 8 tokens: 80,
 * where tables take 9 % of the time and additions to y 11 %. CPUs whose VPERMI2B takes three operations (Intel)
 * lose. Tried and lost: 16-bit sums by VPERMW, three weights an index (72 without decoding); for one token,
 * prefetches of the weights, which cost a quarter even where they help (Zen 4; with more tokens few are
 * needed); eight vectors of rows to a table instead of four, in one stream or in many; VPADDSB, which takes the
 * permutes' pipes; prefetches of y. */
#ifndef TK_LOOKUP_BYTES_AVX512_H
#define TK_LOOKUP_BYTES_AVX512_H

#include "gemv/panel_avx512.h"

/* Sums are arrays: only unrolled loops make registers of them. */
#ifdef __clang__
#define LOOK_UNROLL _Pragma("clang loop unroll(full)")
#else
#define LOOK_UNROLL _Pragma("GCC unroll 8")
#endif

enum {
    LOOK_COLUMNS = 4,                      /* weights of an index */
    LOOK_RUN = 7,                          /* indices between exact sums */
    LOOK_CHUNK = 6 * LOOK_RUN,             /* indices between additions to y */
    LOOK_TABLE = 192,                      /* bytes: low 0..63; low 64..95, high 64..95; high 0..63 */
    LOOK_TABLES = LOOK_CHUNK * LOOK_TABLE, /* bytes of a token's tables of a chunk */
    LOOK_BIAS = 16,
    LOOK_VECTORS = 4, /* of 64 rows, looked up at once: more spill, fewer wait for loads of tables */
    LOOK_TOKENS = 2,  /* at most at once */
};

typedef struct look_builder {
    __m512i weights[2], start[2], even;
} look_builder;

static const uint8_t look_iota[64] __attribute__((aligned(64))) = {
    0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
    22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43,
    44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63};

/* Weights of 16 entries, four bytes each: the digits of a + 3b + 9c, less one, and 0 for d. */
static inline __m512i look_digits(__m512i entry) {
    const __m512i one = _mm512_set1_epi32(1), by3 = _mm512_set1_epi32(171); /* x * 171 >> 9: x / 3 below 256 */
    __m512i rest = entry, digits = _mm512_setzero_si512();
    for (int c = 0; c < LOOK_COLUMNS - 1; c++) {
        const __m512i third = _mm512_srli_epi32(_mm512_mullo_epi32(rest, by3), 9),
                      digit = _mm512_sub_epi32(_mm512_sub_epi32(rest, _mm512_add_epi32(third, third)), third),
                      byte = _mm512_and_si512(_mm512_sub_epi32(digit, one), _mm512_set1_epi32(0xff));
        digits = _mm512_or_si512(_mm512_srli_epi32(digits, 8), _mm512_slli_epi32(byte, 16));
        rest = third;
    }
    return digits;
}

/* Sums of the first three come as 32-bit vectors; VPACKSSDW of both puts entry j into word j, the fourth makes
 * three vectors of that; / 32 is a multiplication, and byte permutes take the even bytes. */
static inline look_builder look_make_builder(void) {
    const __m512i i = _mm512_load_si512(look_iota), lane = _mm512_cvtepu8_epi32(_mm512_castsi512_si128(i)),
                  three = _mm512_set1_epi32(3), /* lanes 4a + b are entries 8a + b, or 8a + 4 + b */
        first = _mm512_add_epi32(lane, _mm512_andnot_si512(three, lane));
    look_builder b = {.even = _mm512_add_epi8(i, i)};
    for (int v = 0; v < 2; v++) {
        b.weights[v] = look_digits(_mm512_add_epi32(first, _mm512_set1_epi32(4 * v)));
        b.start[v] =
            _mm512_sub_epi32(_mm512_set1_epi32(LOOK_BIAS),
                             panel_dot(_mm512_setzero_si512(), _mm512_set1_epi8((char)128), b.weights[v]));
    }
    return b;
}

static inline void look_table(uint8_t *table, const look_builder *b, int32_t four) {
    const __m512i q = _mm512_xor_si512(_mm512_set1_epi32(four), _mm512_set1_epi8((char)128)), /* unsigned */
        fourth = _mm512_set1_epi16((int16_t)(four >> 24)), by32 = _mm512_set1_epi16(-0x10000 / 32),
                  sums = _mm512_packs_epi32(panel_dot(b->start[0], q, b->weights[0]),
                                            panel_dot(b->start[1], q, b->weights[1])),
                  v0 = _mm512_sub_epi16(sums, fourth), v2 = _mm512_add_epi16(sums, fourth),
                  h0 = _mm512_mulhi_epi16(v0, by32), h1 = _mm512_mulhi_epi16(sums, by32),
                  h2 = _mm512_mulhi_epi16(v2, by32);
    _mm512_store_si512(table, _mm512_permutex2var_epi8(v0, b->even, sums));
    _mm512_store_si512(table + 64, _mm512_permutex2var_epi8(v2, b->even, h2));
    _mm512_store_si512(table + 128, _mm512_permutex2var_epi8(h0, b->even, h1));
}

/* Tables of the columns of x, one after the other. Nothing beyond the columns is read. */
static inline void look_build(uint8_t *table, const look_builder *b, const int8_t *x, size_t columns) {
    size_t c = 0;
    for (; c + LOOK_COLUMNS <= columns; c += LOOK_COLUMNS, table += LOOK_TABLE)
        look_table(table, b, panel_quad(x + c));
    if (c < columns)
        look_table(table, b, panel_tail(x, columns));
}

/* Of 64 rows: the sum is 256 exact + low. */
typedef struct look_sum {
    __m512i low, exact;
} look_sum;

/* Spelt out and volatile, as panel_dot is: a compiler would load an index twice, and one load a cycle is the
 * second bound here; its order costs up to a sixth: an addition between two permutes keeps the adders off the
 * permutes' pipes. */
static inline __m512i look_load(const uint8_t *index) {
    __m512i out;
    __asm__ volatile("vmovdqa64 %1, %0" : "=v"(out) : "m"(*(const __m512i *)(const void *)index));
    return out;
}

static inline __m512i look_entry(__m512i index, __m512i first, __m512i second) {
    __asm__ volatile("vpermi2b %2, %1, %0" : "+v"(index) : "v"(first), "v"(second));
    return index;
}

static inline __m512i look_add(__m512i sum, __m512i more) {
    __asm__ volatile("vpaddb %1, %0, %0" : "+v"(sum) : "v"(more));
    return sum;
}

static inline __m512i look_less(__m512i sum, __m512i less) {
    __asm__ volatile("vpsubb %1, %0, %0" : "+v"(sum) : "v"(less));
    return sum;
}

/* `high`: what the next exact sum is made of. */
static inline void look_exact(__m512i *exact, __m512i *high, __m512i low) {
    const __m512i by5 = _mm512_set1_epi64(0x2040800000000000), by3 = _mm512_set1_epi64(0x0810204080808080),
                  part = _mm512_gf2p8affine_epi64_epi8(low, by5, 0),
                  steps = _mm512_gf2p8affine_epi64_epi8(_mm512_sub_epi8(*high, part), by3, 0);
    *exact = _mm512_add_epi8(*exact, steps);
    *high = part;
}

/* LOOK_VECTORS x 64 rows (index[indices][LOOK_VECTORS]) x `tokens`, whose tables are one chunk's apart: to
 * out[tokens][LOOK_VECTORS]; an index asks for `lines` lines from `next` on. `tokens` and `lines` are constants
 * where this is inlined: sums are registers. */
__attribute__((always_inline)) static inline void look_up(look_sum *out, const uint8_t *index,
                                                          const uint8_t *table, size_t indices, size_t tokens,
                                                          const uint8_t *next, size_t lines) {
    const unsigned zero = 0u - LOOK_BIAS * (unsigned)indices;
    __m512i low[LOOK_TOKENS * LOOK_VECTORS], high[LOOK_TOKENS * LOOK_VECTORS],
        exact[LOOK_TOKENS * LOOK_VECTORS];
    LOOK_UNROLL
    for (size_t i = 0; i < tokens * LOOK_VECTORS; i++) {
        low[i] = _mm512_set1_epi8((char)(zero & 0xff));
        high[i] = _mm512_set1_epi8((char)((zero & 0xff) / 32));
        exact[i] = _mm512_set1_epi8((char)(zero >> 8 & 0xff));
    }
    for (size_t done = 0; done < indices;) {
        const size_t end = done + LOOK_RUN < indices ? done + LOOK_RUN : indices;
        for (; done < end; done++, index += 64 * LOOK_VECTORS, table += LOOK_TABLE) {
            __m512i i[LOOK_VECTORS];
            LOOK_UNROLL
            for (size_t line = 0; line < lines; line++, next += 64)
                _mm_prefetch((const char *)next, _MM_HINT_T1);
            LOOK_UNROLL
            for (size_t v = 0; v < LOOK_VECTORS; v++)
                i[v] = look_load(index + 64 * v);
            LOOK_UNROLL
            for (size_t t = 0; t < tokens; t++) {
                const uint8_t *at = table + t * LOOK_TABLES;
                const __m512i l1 = _mm512_load_si512(at), l2 = _mm512_load_si512(at + 64),
                              h1 = _mm512_load_si512(at + 128), h2 = _mm512_loadu_si512(at + 96);
                LOOK_UNROLL
                for (size_t v = 0; v < LOOK_VECTORS; v++) {
                    const __m512i l = look_entry(i[v], l1, l2), h = look_entry(i[v], h1, h2);
                    low[t * LOOK_VECTORS + v] = look_add(low[t * LOOK_VECTORS + v], l);
                    high[t * LOOK_VECTORS + v] = look_less(high[t * LOOK_VECTORS + v], h);
                }
            }
        }
        LOOK_UNROLL
        for (size_t s = 0; s < tokens * LOOK_VECTORS; s++)
            look_exact(exact + s, high + s, low[s]);
    }
    LOOK_UNROLL
    for (size_t i = 0; i < tokens * LOOK_VECTORS; i++)
        out[i] = (look_sum){low[i], exact[i]};
}

/* Which rows the 64 bytes of a vector are: byte 4r + i is row `row` + 16 i + r. Only those of the part are
 * stored; `keep`: all ones, or none where nothing was there before (a branch costs 2 %). */
typedef struct look_rows {
    size_t row, begin, end;
    __mmask16 keep;
} look_rows;

/* Words of the bytes 4r + i of `low` and of `exact`: i = 0 and 1, or 2 and 3, in dword r. */
static const uint8_t look_words[2][64] __attribute__((aligned(64))) = {
#define WORDS(r) 4 * r, 4 * r + 64, 4 * r + 1, 4 * r + 65
#define ALL                                                                                                    \
    WORDS(0), WORDS(1), WORDS(2), WORDS(3), WORDS(4), WORDS(5), WORDS(6), WORDS(7), WORDS(8), WORDS(9),        \
        WORDS(10), WORDS(11), WORDS(12), WORDS(13), WORDS(14), WORDS(15)
    {ALL},
#undef WORDS
#define WORDS(r) 4 * r + 2, 4 * r + 66, 4 * r + 3, 4 * r + 67
    {ALL}};
#undef WORDS
#undef ALL

/* acc += the words of each lane, by the words of w. */
static inline __m512i look_pairs(__m512i acc, __m512i words, __m512i w) {
    __asm__("vpdpwssd %2, %1, %0" : "+v"(acc) : "v"(words), "v"(w));
    return acc;
}

/* to = from + the sums. `whole`, a constant: all rows are wanted, no masks (masked stores are slow on Zen 4).
 */
__attribute__((always_inline)) static inline void
look_store(int32_t *to, const int32_t *from, const look_rows *r, const look_sum *s, bool whole) {
    LOOK_UNROLL
    for (size_t i = 0; i < 4; i++) {
        const size_t row = r->row + i * PANEL_LANES;
        const __mmask16 mask = whole ? 0xffff : panel_mask(row, r->begin, r->end);
        if (!whole && !mask)
            continue; /* a masked store where no page is does no harm, but takes microseconds */
        const __m512i words = _mm512_permutex2var_epi8(s->low, _mm512_load_si512(look_words[i / 2]), s->exact),
                      before = _mm512_maskz_loadu_epi32(mask & r->keep, from + row),
                      one = _mm512_set1_epi32(i % 2 ? 0x10000 : 1);
        _mm512_mask_storeu_epi32(to + row, mask, look_pairs(before, words, one));
    }
}

#endif
