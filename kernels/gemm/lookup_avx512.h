/* lookup_avx512.h: W1.58A8 GEMM over panels by look-up instead of multiplication, with 512-bit VPERMW.
 *
 * Three weights make an index, i = a + 3b + 9c (codes 0..2), below 27. Three activations of a token make a
 * table of 27 sums of 16 bits: one register. So VPERMW of a vector of 32 rows' indices in a token's table gives
 * 32 sums of three products, and VPADDW adds them up: 96 products for two operations, where VPDPBUSD does 64
 * with one. CPUs with one VPDPBUSD but two vector operations a cycle (Zen 4) do 1.5 times the products that
 * way; those with two VPDPBUSD and one permute a cycle (Intel servers) lose.
 *
 *   for rows that fit the L2, for 252 columns        decode once to indices of 16 bits, 84 a row
 *     for a tile of tokens                           tables of 84 groups of three: they stay in the L1
 *       for a pair of panels (P, P')                 FIELDS vectors x TILE tokens of 16-bit sums in registers,
 *                                                    then added up in 32 bits
 *
 *   dword r of vector f:  low word row 16f + r of P, high word row 16f + r of P'
 *
 * Nothing overflows: a table's entry is at most 3 * 128, 84 of them 32,256. Bytes that pack never writes may
 * hold code 3, whose index finds some other entry or a zero.
 *
 * Tables: six operations per token and three columns, used for every row of the block. Loads: FIELDS + TILE
 * for FIELDS * TILE look-ups. Measured there: 111 % of the VPDPBUSD roof at 128 tokens; the loop of look-ups
 * takes 21 cycles of 20, additions to y 11 % of the time, tables 5 %, decoding 4 %. Scratch: the indices, 168
 * bytes a row, and sums until the last chunk, 4 bytes a row and token. A variant defines FIELDS, TILE, codes_of
 * and make_decoder before it includes this. Tried and lost, by count: four weights in a table of 41 with the
 * sign apart, three operations for 128 products; VPERMT2W over two tables and VPDPWSSD, whose ports collide. */
#ifndef TK_LOOKUP_AVX512_H
#define TK_LOOKUP_AVX512_H

#include "gemm/lookup_tables_avx512.h"

enum {
    ROWS = FIELDS * PANEL_LANES, /* of a panel */
    PAIR = 2 * ROWS,
    STEP_COLUMNS = 12, /* decoded at once: 3 blocks of a panel, 4 indices a row */
    CHUNK = 252,       /* columns between additions to y */
    CHUNK_GROUPS = CHUNK / TRIPLE,
    CHUNK_BYTES = CHUNK_GROUPS * FIELDS * 64, /* indices of a pair of panels */
    L2_PAIRS = 20,
    TOKENS = 128, /* at a time: their sums are kept, indices are decoded again for the next ones */
};

/* Indices of 12 columns from the codes of their three blocks, added to `high`. */
static inline void indices(__m512i out[4], const __m512i d[3], const __m512i high[4]) {
    out[0] = panel_dot(high[0], d[0], _mm512_set1_epi32(0x00090301));
    out[1] =
        panel_dot(panel_dot(high[1], d[0], _mm512_set1_epi32(0x01000000)), d[1], _mm512_set1_epi32(0x00000903));
    out[2] =
        panel_dot(panel_dot(high[2], d[1], _mm512_set1_epi32(0x03010000)), d[2], _mm512_set1_epi32(0x00000009));
    out[3] = panel_dot(high[3], d[2], _mm512_set1_epi32(0x09030100));
}

/* A pair of panels' indices: out[group][FIELDS]. Blocks from `groups` on are not read: code 1, weight 0. */
static void decode_pair(__m512i *out, const decoder *d, const uint8_t *low, const uint8_t *high,
                        size_t groups) {
    const __m512i none = _mm512_set1_epi8(1), zero[4] = {_mm512_setzero_si512()};
    for (size_t g = 0; g < groups; g += 3, out += (size_t)4 * FIELDS) {
        __m512i code[2][3][FIELDS];
        for (size_t i = 0; i < 3; i++)
            for (size_t p = 0; p < 2; p++) {
                if (g + i < groups)
                    codes_of(code[p][i], d, _mm512_load_si512((p ? high : low) + (g + i) * PANEL_BLOCK));
                for (size_t f = 0; f < FIELDS && g + i >= groups; f++)
                    code[p][i][f] = none;
            }
        for (size_t f = 0; f < FIELDS; f++) {
            __m512i index[4];
            indices(index, (const __m512i[]){code[1][0][f], code[1][1][f], code[1][2][f]}, zero);
            for (size_t i = 0; i < 4; i++)
                index[i] = _mm512_slli_epi32(index[i], 16);
            indices(index, (const __m512i[]){code[0][0][f], code[0][1][f], code[0][2][f]}, index);
            for (size_t i = 0; i < 4; i++)
                out[i * FIELDS + f] = index[i];
        }
    }
}

/* Spelt out, as panel_dot is, and volatile to stay in order: on Zen 4 all look-ups of a token and then all
 * additions take 21 cycles of 20, by turns 25. */
static inline __m512i entry(__m512i index, __m512i table) {
    __m512i out;
    __asm__ volatile("vpermw %2, %1, %0" : "=v"(out) : "v"(index), "v"(table));
    return out;
}

static inline __m512i add(__m512i sum, __m512i more) {
    __asm__ volatile("vpaddw %1, %0, %0" : "+v"(sum) : "v"(more));
    return sum;
}

/* One pair of panels x `tokens` tokens x `groups` indices; `tokens` is a constant where this is inlined. */
__attribute__((always_inline)) static inline void look_up(__m512i sum[][FIELDS], const __m512i *index,
                                                          const __m512i *table, size_t groups, size_t tokens) {
    for (size_t t = 0; t < tokens; t++)
        for (size_t f = 0; f < FIELDS; f++)
            sum[t][f] = _mm512_setzero_si512();
    for (size_t g = 0; g < groups; g++, index += FIELDS, table += tokens) {
        __m512i i[FIELDS];
        for (size_t f = 0; f < FIELDS; f++)
            i[f] = _mm512_load_si512(index + f);
        for (size_t t = 0; t < tokens; t++) {
            const __m512i sums = _mm512_load_si512(table + t);
            __m512i e[FIELDS];
            for (size_t f = 0; f < FIELDS; f++)
                e[f] = entry(i[f], sums);
            for (size_t f = 0; f < FIELDS; f++)
                sum[t][f] = add(sum[t][f], e[f]);
        }
    }
}

/* Where a pair's sums go, from its first row and a tile's first token on, and what they are added to. */
typedef struct target {
    int32_t *to;
    const int32_t *from;       /* not read in the first chunk */
    size_t to_step, from_step; /* from token to token */
    size_t row, begin, end;    /* the first of the pair; those wanted */
    bool first;
} target;

/* `whole`: all rows of the pair are wanted, no masks. */
__attribute__((always_inline)) static inline void add_sums(target g, __m512i sum[][FIELDS], size_t tokens,
                                                           bool whole) {
    for (size_t t = 0; t < tokens; t++, g.to += g.to_step, g.from += g.from_step)
        for (size_t f = 0; f < FIELDS; f++)
            for (size_t half = 0; half < 2; half++) {
                const size_t at = half * ROWS + f * PANEL_LANES;
                const __mmask16 mask = whole ? 0xffff : panel_mask(g.row + at, g.begin, g.end);
                const __m512i wide = half ? sum[t][f] : _mm512_slli_epi32(sum[t][f], 16),
                              before = g.first ? _mm512_setzero_si512()
                                               : _mm512_maskz_loadu_epi32(mask, g.from + at);
                _mm512_mask_storeu_epi32(g.to + at, mask,
                                         _mm512_add_epi32(before, _mm512_srai_epi32(wide, 16)));
            }
}

/* A block of rows whose indices are ready: `pairs` pairs from row `row` on, and the sums of whole pairs for
 * tokens from n on: [pair][tokens][PAIR]; NULL: all are in y. */
typedef struct rows {
    const __m512i *index;
    int32_t *sums;
    size_t row, pairs, n, tokens;
} rows;

__attribute__((always_inline)) static inline void tile(const tk_args *a, const rows *r, const builder *b,
                                                       size_t at, size_t columns, size_t n, size_t tokens) {
    __m512i table[CHUNK_GROUPS * TILE];
    const size_t groups = (columns + TRIPLE - 1) / TRIPLE, m = a->shape.m;
    build(table, b, (const int8_t *)a->x + n * a->shape.k + at, a->shape.k, columns, tokens);
    for (size_t i = 0; i < r->pairs; i++) {
        __m512i sum[TILE][FIELDS];
        const size_t row = r->row + i * PAIR;
        const bool whole = row >= a->begin && row + PAIR <= a->end, kept = whole && r->sums,
                   last = at + CHUNK >= a->shape.k;
        int32_t *y = (int32_t *)a->y + n * m + row,
                *own = kept ? r->sums + (i * r->tokens + n - r->n) * PAIR : y;
        const size_t step = kept ? PAIR : m;
        const target g = {last ? y : own, own, last ? m : step, step, row, a->begin, a->end, !at};
        look_up(sum, r->index + i * (CHUNK_BYTES / 64), table, groups, tokens);
        if (whole)
            add_sums(g, sum, tokens, true);
        else
            add_sums(g, sum, tokens, false);
    }
}

static void any_tile(const tk_args *a, const rows *r, const builder *b, size_t at, size_t columns, size_t n,
                     size_t tokens) {
    switch (tokens) { /* a loop for every number: the sums have to be named registers */
    case 1:
        tile(a, r, b, at, columns, n, 1);
        break;
    case 2:
        tile(a, r, b, at, columns, n, 2);
        break;
    case 3:
        tile(a, r, b, at, columns, n, 3);
        break;
    case 4:
        tile(a, r, b, at, columns, n, 4);
        break;
    default:
        tile(a, r, b, at, columns, n, TILE);
    }
}

static void one_block(const tk_args *a, rows r, __m512i *index) {
    const size_t k = a->shape.k, bytes = panel_groups(k) * PANEL_BLOCK, panels = (a->shape.m + ROWS - 1) / ROWS,
                 tiles = (r.tokens + TILE - 1) / TILE;
    const decoder d = make_decoder();
    const builder b = make_builder();
    r.index = index;
    for (size_t at = 0; at < k || !at; at += CHUNK) {
        const size_t columns = k - at < CHUNK ? k - at : CHUNK;
        for (size_t i = 0; i < r.pairs; i++) {
            const size_t p = r.row / ROWS + 2 * i;
            const uint8_t *low = (const uint8_t *)a->w + p * bytes + at / PANEL_COLUMNS * PANEL_BLOCK;
            decode_pair(index + i * (CHUNK_BYTES / 64), &d, low, p + 1 < panels ? low + bytes : low,
                        panel_groups(columns));
        }
        for (size_t i = 0, n = 0; i < tiles; i++) {
            const size_t count = r.tokens * (i + 1) / tiles - n;
            any_tile(a, &r, &b, at, columns, r.n + n, count);
            n += count;
        }
    }
}

static size_t pairs_of(tk_shape s) {
    return (s.m + PAIR - 1) / PAIR;
}

static size_t kept_tokens(tk_shape s) {
    return s.n < TOKENS ? s.n : TOKENS;
}

static void tokens_block(const tk_args *a, size_t n, size_t tokens) {
    _Alignas(64) char own[CHUNK_BYTES];
    int32_t *sums = (int32_t *)(void *)((char *)a->scratch + pairs_of(a->shape) * CHUNK_BYTES);
    rows r = {.n = n, .tokens = tokens, .row = a->begin < a->end ? a->begin / PAIR * PAIR : a->end};
    if (r.row < a->begin) {
        r.pairs = 1;
        one_block(a, r, (__m512i *)(void *)own);
        r.row += PAIR;
    }
    for (; r.row < a->end; r.row += r.pairs * PAIR) {
        const size_t left = (a->end - r.row + PAIR - 1) / PAIR;
        r.pairs = left < L2_PAIRS ? left : L2_PAIRS;
        r.sums = sums + r.row * kept_tokens(a->shape);
        one_block(a, r, (__m512i *)(void *)((char *)a->scratch + r.row / PAIR * CHUNK_BYTES));
    }
}

/* The pair in which the part begins may be another thread's too: its indices go on the stack and its sums to y;
 * the others' to their place in scratch. In y, where two threads' rows of a token are neighbours, each one's
 * prefetcher takes lines from the other in every chunk: 2560 rows x 128 tokens on two threads were hardly
 * faster than on one. */
static void run(const tk_args *a) {
    for (size_t n = 0; n < a->shape.n; n += TOKENS)
        tokens_block(a, n, a->shape.n - n < TOKENS ? a->shape.n - n : TOKENS);
}

static size_t scratch(tk_shape s) {
    return pairs_of(s) * (CHUNK_BYTES + kept_tokens(s) * PAIR * sizeof(int32_t));
}

#endif
