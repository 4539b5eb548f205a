/* rows_neon.h: W1.58A8 GEMM with 128-bit vectors, for every layout: SDOT (mul_dotprod.h), SMMLA (mul_i8mm.h),
 * or SMLAL on CPUs without either (mul_neon.h).
 *
 * SMMLA wants 8 columns of two rows in a vector, SDOT 16 of one. So weights (decoded, one byte a code) and
 * activations (copied by prepare, zeros behind the last column) come as lines of PAIR rows or tokens:
 *
 *   PAIR 1   | row 0: columns 0-15 | 16-31 | ...
 *   PAIR 2   | row 0: 0-7, row 1: 0-7 | row 0: 8-15, row 1: 8-15 | ...
 *
 * The tile in registers is 4 lines x up to 6 lines of tokens = 24 vectors of sums:
 *
 *   for a unit of TILES tiles of 4 * PAIR rows
 *     for COLUMNS columns                  decode into a buffer of 16 KiB (b3: 20)
 *       for up to 6 lines of tokens
 *         for a tile                       added to y
 *
 * Loads: 10 for 24 products, so the multiplier is what binds: 16 products an SDOT, 32 an SMMLA, 16 in three
 * operations without them. Decoding is 7 operations and 4 stores for 64 weights: as much as 2 tokens' SDOT, so
 * next to none of 32.
 * Lost, by count: codes masked in place for every token again (the loop of GEMV), 4 masks for 4 SDOT.
 *
 * A variant includes a mul header; its layout's header says how many TILES, includes this and defines the three
 * functions declared below. */
#ifndef TK_ROWS_NEON_H
#define TK_ROWS_NEON_H

#include "gemv/panel_neon.h"

enum {
    LINES = 4,
    TILE_ROWS = LINES * PAIR,
    TOKEN_LINES = 6,
    LANES = 16,
    COLUMNS = 16384 / ((TILES > 1 ? 4 : 1) * TILE_ROWS)
};

/* Columns of a line for K columns: whole vectors. */
static inline size_t line_columns(size_t k);

/* Activations c .. c + 15 of a token, in the order of the codes, zeros behind the last column. */
static inline int8x16_t activations(const tk_args *, size_t token, size_t c);

/* Columns [at, at + columns) of the unit whose first row is `row`, by put(). at is a multiple of COLUMNS. */
static inline void decode(uint8_t *out, const tk_args *, size_t row, size_t at, size_t columns);

/* Columns c .. c + 15 of row or token i, in lines that are `stride` columns long. */
static inline void put(void *lines, size_t stride, size_t i, size_t c, uint8x16_t v) {
    uint8_t *at = (uint8_t *)lines + i / PAIR * PAIR * stride + c * PAIR + i % PAIR * 8;
    vst1_u8(at, vget_low_u8(v));
    vst1_u8(at + 8 * PAIR, vget_high_u8(v));
}

/* Codes of row i of a unit, whose tiles follow each other. */
static inline void put_codes(uint8_t *out, size_t i, size_t c, uint8x16_t codes) {
    put(out, COLUMNS, i, c, codes);
}

static inline size_t token_lines(size_t n) {
    return (n + PAIR - 1) / PAIR;
}

static size_t lines_scratch(tk_shape s) {
    return token_lines(s.n) * PAIR * line_columns(s.k);
}

static void lines_prepare(const tk_args *a) {
    const size_t columns = line_columns(a->shape.k), vectors = columns / LANES;
    size_t from, to;
    gemv_share(a, token_lines(a->shape.n) * PAIR * vectors, &from, &to);
    for (size_t i = from; i < to; i++) {
        const size_t n = i / vectors, c = i % vectors * LANES;
        put(a->scratch, columns, n, c,
            n < a->shape.n ? vreinterpretq_u8_s8(activations(a, n, c)) : vdupq_n_u8(0));
    }
}

/* A block of columns of up to TOKEN_LINES lines of tokens. */
typedef struct lines_block {
    const int8_t *x;
    size_t stride, columns; /* columns of a line of tokens; of this block */
} lines_block;

/* sum[token line][line]; `tokens` (lines) is a constant where this is inlined. */
__attribute__((always_inline)) static inline void multiply(int32x4_t sum[][LINES], const lines_block *b,
                                                           const uint8_t *codes, size_t tokens) {
    for (size_t t = 0; t < tokens; t++)
        for (size_t l = 0; l < LINES; l++)
            sum[t][l] = vdupq_n_s32(0);
    for (size_t at = 0; at < b->columns * PAIR; at += LANES) {
        int8x16_t w[LINES];
        for (size_t l = 0; l < LINES; l++)
            w[l] = vreinterpretq_s8_u8(vld1q_u8(codes + l * PAIR * COLUMNS + at));
        for (size_t t = 0; t < tokens; t++) {
            const int8x16_t q = vld1q_s8(b->x + t * PAIR * b->stride + at);
            for (size_t l = 0; l < LINES; l++) {
                sum[t][l] = multiply_add(sum[t][l], w[l], q);
                TK_PIN(sum[t][l]);
            }
        }
    }
}

/* Adds four rows to y, or starts from minus the sum of the token's activations: a weight is its code - 1. */
static inline void add_four(const tk_args *a, size_t row, size_t n, int32x4_t v, bool first) {
    int32_t *y = (int32_t *)a->y + n * a->shape.m;
    const int32x4_t start = vdupq_n_s32(-a->sum[n]);
    if (row >= a->begin && row + 4 <= a->end) {
        vst1q_s32(y + row, vaddq_s32(v, first ? start : vld1q_s32(y + row)));
        return;
    }
    int32_t four[4] = {0};
    for (size_t i = 0; i < 4 && !first; i++)
        if (row + i >= a->begin && row + i < a->end)
            four[i] = y[row + i];
    panel_store4(y, row, a->begin, a->end, vaddq_s32(v, first ? start : vld1q_s32(four)));
}

__attribute__((always_inline)) static inline void tile(const tk_args *a, const lines_block *b,
                                                       const uint8_t *codes, size_t row, size_t n,
                                                       size_t tokens, bool first) {
    int32x4_t sum[TOKEN_LINES][LINES], rows[TOKEN_LINES * PAIR][PAIR];
    multiply(sum, b, codes, tokens);
    for (size_t t = 0; t < tokens;
         t++) /* by constants alone: an index that varies would put the sums into memory */
        for (size_t i = 0; i < PAIR * PAIR; i++)
            rows[t * PAIR + i / PAIR][i % PAIR] = four_rows(sum[t], i % PAIR, i / PAIR);
    for (size_t t = 0; t < tokens * PAIR && n + t < a->shape.n; t++)
        for (size_t group = 0; group < PAIR; group++)
            add_four(a, row + 4 * group, n + t, rows[t][group], first);
}

/* Tokens from n on, `count` lines of them. */
static void any_tile(const tk_args *a, const lines_block *b, const uint8_t *codes, size_t row, size_t n,
                     size_t count, bool first) {
    switch (count) { /* a loop for every number: the sums have to be named registers */
    case 1:
        tile(a, b, codes, row, n, 1, first);
        break;
    case 2:
        tile(a, b, codes, row, n, 2, first);
        break;
    case 3:
        tile(a, b, codes, row, n, 3, first);
        break;
    case 4:
        tile(a, b, codes, row, n, 4, first);
        break;
    case 5:
        tile(a, b, codes, row, n, 5, first);
        break;
    default:
        tile(a, b, codes, row, n, TOKEN_LINES, first);
    }
}

/* TILES tiles: the first has rows row .. row + TILE_ROWS - 1, the next starts `step` rows further. */
static inline void unit(const tk_args *a, size_t row, size_t step) {
    _Alignas(64) uint8_t codes[TILES * TILE_ROWS * COLUMNS];
    const size_t k = line_columns(a->shape.k), lines = token_lines(a->shape.n),
                 parts = (lines + TOKEN_LINES - 1) / TOKEN_LINES;
    for (size_t at = 0; at < k || !at; at += COLUMNS) {
        lines_block b = {.stride = k, .columns = k - at < COLUMNS ? k - at : COLUMNS};
        decode(codes, a, row, at, b.columns);
        for (size_t i = 0, line = 0; i < parts; i++) {
            const size_t count = lines * (i + 1) / parts - line;
            b.x = (const int8_t *)a->scratch + line * PAIR * k + at * PAIR;
            for (size_t t = 0; t < TILES; t++)
                if (row + t * step < a->end && row + t * step + TILE_ROWS > a->begin)
                    any_tile(a, &b, codes + t * TILE_ROWS * COLUMNS, row + t * step, line * PAIR, count, !at);
            line += count;
        }
    }
}

#endif
