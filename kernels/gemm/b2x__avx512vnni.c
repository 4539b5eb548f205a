/* b2x x int8 for several tokens: two of a byte's four rows at a time, decoded in registers, times 12 tokens.
 *
 *   for a panel of 64 rows
 *     for up to 4096 columns        packed: 64 KiB, read twice or more, so from L2
 *       for a tile of 12 tokens     the upper two rows of the bytes: 32 rows x 12 tokens = 24 vectors of sums,
 *                                   then the lower two; added to y
 *
 * A byte's two rows are taken apart in the sums (gemv/panel.h): & 0xf0 gives 16C + 64D, & 0x30 gives 16C, &
 * 0x0f A + 4B, & 0x03 A. So decoding is 4 ANDs for 48 VPDPBUSD with 12 tokens and for 32 with 8, and nothing is
 * written back. Loads: 13 for 24 products, so the multiplier ports are what binds: 92 % of their roof.
 * While a block is multiplied half a line a step is asked for of the next one, so that it comes from memory
 * into the L2 at an even rate: 8 tokens of 2560 x 2560 from memory on Zen 4 take 235 us, 270 to 300 without.
 * Tried and lost: 64 rows x 6 tokens from a buffer of decoded weights: fewer loads, but the buffer (32 KiB for
 * 512 columns) costs 20 % at 8 tokens and y is added to four times as often; decoding again for every 6 tokens;
 * as many tokens at a time as have their activations in the L2 (no change at 512). */
#include "gemv/panel_avx512.h"

enum { COLUMNS = 4096, TOKENS = 12, PAIR = 2 };

typedef struct block {
    const uint8_t *packed; /* one panel, COLUMNS columns */
    const int8_t *x;       /* first token of the tile, first column of the block */
    size_t k, columns;     /* of the whole matrix; of this block */
} block;

/* Rows 32..63 (upper) or 0..31 of a panel. */
static inline void decode(__m512i out[PAIR], const uint8_t *packed, bool upper) {
    const __m512i c = _mm512_load_si512(packed);
    out[0] = _mm512_and_si512(c, _mm512_set1_epi8(upper ? (char)0xf0 : 0x0f));
    out[1] = _mm512_and_si512(c, _mm512_set1_epi8(upper ? 0x30 : 0x03));
}

static inline void apart(__m512i row[PAIR], const __m512i sum[PAIR], bool upper) {
    const __m512i second = _mm512_sub_epi32(sum[0], sum[1]);
    row[0] = upper ? _mm512_srai_epi32(sum[1], 4) : sum[1];
    row[1] = upper ? _mm512_srai_epi32(second, 6) : _mm512_srai_epi32(second, 2);
}

/* `tokens` and `upper` are constants where this is inlined. */
__attribute__((always_inline)) static inline void multiply(__m512i sum[][PAIR], const block *b, size_t tokens,
                                                           bool upper) {
    const size_t groups = b->columns / PANEL_COLUMNS;
    const uint8_t *packed = b->packed, *ahead = packed + (upper ? 3 : 2) * groups * PANEL_BLOCK / 2;
    const int8_t *x = b->x;
    __m512i w[PAIR];
    PANEL_UNROLL
    for (size_t t = 0; t < tokens; t++)
        sum[t][0] = sum[t][1] = _mm512_setzero_si512();
    for (const uint8_t *end = packed + groups * PANEL_BLOCK; packed < end; packed += PANEL_BLOCK, x += 4) {
        _mm_prefetch((const char *)ahead, _MM_HINT_T1);
        ahead += PANEL_BLOCK / 2;
        decode(w, packed, upper);
        PANEL_UNROLL
        for (size_t t = 0; t < tokens; t++) {
            const __m512i q = _mm512_set1_epi32(panel_quad(x + t * b->k));
            sum[t][0] = panel_dot(sum[t][0], w[0], q);
            sum[t][1] = panel_dot(sum[t][1], w[1], q);
        }
    }
    if (b->columns % PANEL_COLUMNS) {
        decode(w, packed, upper);
        PANEL_UNROLL
        for (size_t t = 0; t < tokens; t++) {
            const __m512i q = _mm512_set1_epi32(panel_tail(b->x + t * b->k, b->columns));
            sum[t][0] = panel_dot(sum[t][0], w[0], q);
            sum[t][1] = panel_dot(sum[t][1], w[1], q);
        }
    }
}

/* Adds a tile's 32 rows from `row0` on to y, or starts from minus the sum of the token's activations. */
__attribute__((always_inline)) static inline void finish(const tk_args *a, __m512i sum[][PAIR], size_t row0,
                                                         size_t n, size_t tokens, bool upper, bool first) {
    const __mmask16 mask[PAIR] = {panel_mask(row0, a->begin, a->end),
                                  panel_mask(row0 + PANEL_LANES, a->begin, a->end)};
    PANEL_UNROLL
    for (size_t t = 0; t < tokens; t++) {
        int32_t *y = (int32_t *)a->y + (n + t) * a->shape.m + row0;
        const __m512i start = _mm512_set1_epi32(-a->sum[n + t]);
        __m512i row[PAIR];
        apart(row, sum[t], upper);
        for (size_t f = 0; f < PAIR; f++, y += PANEL_LANES) {
            __m512i before = first ? start : _mm512_maskz_loadu_epi32(mask[f], y);
            _mm512_mask_storeu_epi32(y, mask[f], _mm512_add_epi32(before, row[f]));
        }
    }
}

__attribute__((always_inline)) static inline void tile(const tk_args *a, const block *b, size_t row0, size_t n,
                                                       size_t tokens, bool first) {
    __m512i sum[TOKENS][PAIR];
    multiply(sum, b, tokens, false);
    finish(a, sum, row0, n, tokens, false, first);
    multiply(sum, b, tokens, true);
    finish(a, sum, row0 + PAIR * PANEL_LANES, n, tokens, true, first);
}

#define TILE(tokens)                                                                                           \
    case tokens:                                                                                               \
        tile(a, b, row0, n, tokens, first);                                                                    \
        break;

/* A loop for every number of tokens: the sums have to be named registers. */
static void tokens_tile(const tk_args *a, const block *b, size_t row0, size_t n, size_t count, bool first) {
    switch (count) {
        TILE(1)
        TILE(2)
        TILE(3)
        TILE(4)
        TILE(5)
        TILE(6)
        TILE(7)
        TILE(8)
        TILE(9)
        TILE(10)
        TILE(11)
        TILE(12)
    }
}

/* Equal blocks of columns, so that each asks for all of the next one. */
static void run(const tk_args *a) {
    const size_t k = a->shape.k, tokens = a->shape.n, tiles = (tokens + TOKENS - 1) / TOKENS,
                 blocks = k > COLUMNS ? (k + COLUMNS - 1) / COLUMNS : 1,
                 step = panel_groups(k / blocks + 1) * PANEL_COLUMNS; /* not 0, and no fewer than it takes */
    for (size_t p = a->begin / B2X_ROWS; p * B2X_ROWS < a->end; p++)
        for (size_t at = 0; at < k || !at; at += step) {
            block b = {.k = k, .columns = k - at < step ? k - at : step};
            b.packed = (const uint8_t *)a->w + (p * panel_groups(k) + at / PANEL_COLUMNS) * PANEL_BLOCK;
            for (size_t i = 0, n = 0; i < tiles; i++) {
                size_t count = tokens * (i + 1) / tiles - n;
                b.x = (const int8_t *)a->x + n * k + at;
                tokens_tile(a, &b, p * B2X_ROWS, n, count, !at);
                n += count;
            }
        }
}

TK_KERNEL(gemm_b2x__avx512vnni, .layout = &tk_layout_b2x, .step = B2X_ROWS, .step_k = PANEL_COLUMNS,
          .reject = panel_reject, .run = run, .note = "32 rows x 12 tokens in registers, decoded there");
