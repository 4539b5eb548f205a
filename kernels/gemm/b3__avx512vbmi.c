/* b3 x int8 for several tokens with VPERMB and VPDPBUSD: 80 rows x 5 tokens in registers.
 *
 * The tile in registers is one panel (5 vectors of 16 rows x 4 columns) x up to 5 tokens: 25 sums, the decoded
 * weights, one broadcast of four activations.
 *
 *   for up to 192 tokens            theirs of a block, and their y, stay in the L2
 *     for a panel of rows
 *       for 448 columns             decode once, seven operations for 320 weights, into a buffer in the L1
 *         for a tile of tokens      columns of weights x activations into registers, then added to y
 *
 * A byte x = A + 3B + 9C + 28D + 84E is decoded (gemv/b3_avx512.h) to D, E, A + 4B + 16C, A + 4B, A: one VPERMB
 * more than there, but rows come apart in 4 operations a tile and 16 rows instead of 22, six of them slow.
 *
 * Loads: 10 for 25 VPDPBUSD, so the multiplier ports are what binds; decoding is a fifth of the operations for
 * 8 tokens and next to none for many. The next block comes from memory into the L2 while this one is
 * multiplied (asked for while decoding, or into the L1, it came late: 4 tokens from memory 105 for 134
 * GMAC/s), the next tile's activations into the L1. Emerald Rapids class, 2560x6912, one thread, share of the
 * int8 roof at 128 and 512 tokens, before and with what follows: 87 and 78 %; rows apart in 4 operations 88 and
 * 82, up to 192 tokens 88 and 88, sums that stay in registers to the end 89 and 88, activations asked for 90
 * and 90. Tried and lost, by count: 32 rows x 12 tokens, 14 loads for 24 products; a buffer for all of K, which
 * falls out of L1, or of 256 columns (y is added to too often); 64 tokens together; asking for the next tile's
 * y; decoding in registers, again for every tile (b3__avx512vbmi_regs.c, for few tokens, or where a CPU does
 * that beside the products). */
#include "gemm/b3_tiles_avx512.h"

enum { TOKENS = 5, TOGETHER = 192, COLUMNS = 448, GROUPS = COLUMNS / PANEL_COLUMNS };

/* One panel x COLUMNS columns (fewer at the end). */
typedef struct block {
    const uint8_t *codes;   /* decoded: [groups][FIELDS][64] */
    const uint8_t *next;    /* packed: what is decoded after this block */
    const int8_t *x;        /* first token, first column of the block */
    size_t k, columns;      /* of the whole matrix; of this block */
    __mmask16 mask[FIELDS]; /* which rows to store */
} block;

/* Indexed by x >> 2: what b3_tables has, and D and E themselves. */
typedef struct code_tables {
    b3_tables low;
    __m512i d, e;
} code_tables;

static inline code_tables make_tables(void) {
    uint8_t d[64], e[64];
    for (unsigned i = 0; i < 64; i++) {
        d[i] = (uint8_t)(i / 7 % 3);
        e[i] = (uint8_t)(i / 7 / 3);
    }
    return (code_tables){b3_make_tables(), _mm512_loadu_si512(d), _mm512_loadu_si512(e)};
}

static inline void decode_block(uint8_t *out, const code_tables *t, const uint8_t *packed, size_t groups) {
    for (size_t g = 0; g < groups; g++, packed += PANEL_BLOCK, out += FIELDS * PANEL_BLOCK) {
        const __m512i x = _mm512_load_si512(packed), index = _mm512_srli_epi16(x, 2);
        __m512i w[FIELDS];
        b3_decode(w, &t->low, x);
        w[0] = _mm512_permutexvar_epi8(index, t->d);
        w[1] = _mm512_permutexvar_epi8(index, t->e);
        PANEL_UNROLL
        for (size_t f = 0; f < FIELDS; f++)
            _mm512_store_si512(out + f * PANEL_BLOCK, w[f]);
    }
}

static inline void tile_rows(__m512i row[FIELDS], const __m512i sum[FIELDS]) {
    row[0] = sum[4];
    row[1] = _mm512_srai_epi32(_mm512_sub_epi32(sum[3], sum[4]), 2);
    row[2] = _mm512_srai_epi32(_mm512_sub_epi32(sum[2], sum[3]), 4);
    row[3] = sum[0];
    row[4] = sum[1];
}

static inline void weights(__m512i w[FIELDS], const block *b, size_t group) {
    for (size_t f = 0; f < FIELDS; f++)
        w[f] = _mm512_load_si512(b->codes + (group * FIELDS + f) * PANEL_BLOCK);
}

/* sum[t][f] of a tile; `tokens` is a constant where this is inlined. */
__attribute__((always_inline)) static inline void tile_sums(__m512i sum[][FIELDS], const block *b,
                                                            size_t tokens) {
    const size_t whole = b->columns / PANEL_COLUMNS;
    PANEL_UNROLL
    for (size_t t = 0; t < tokens; t++)
        for (size_t f = 0; f < FIELDS; f++)
            sum[t][f] = _mm512_setzero_si512();
    for (size_t g = 0; g < whole; g++) {
        __m512i w[FIELDS];
        _mm_prefetch((const char *)b->next + g * PANEL_BLOCK, _MM_HINT_T1);
        _mm_prefetch((const char *)b->x + (tokens + g % 4) * b->k + g / 16 * 64, _MM_HINT_T0);
        weights(w, b, g);
        PANEL_UNROLL
        for (size_t t = 0; t < tokens; t++) {
            const __m512i q = _mm512_set1_epi32(panel_quad(b->x + t * b->k + PANEL_COLUMNS * g));
            for (size_t f = 0; f < FIELDS; f++)
                sum[t][f] = panel_dot(sum[t][f], w[f], q);
        }
    }
    if (b->columns % PANEL_COLUMNS) {
        __m512i w[FIELDS];
        weights(w, b, whole);
        PANEL_UNROLL
        for (size_t t = 0; t < tokens; t++)
            for (size_t f = 0; f < FIELDS; f++)
                sum[t][f] =
                    panel_dot(sum[t][f], w[f], _mm512_set1_epi32(panel_tail(b->x + t * b->k, b->columns)));
    }
}

/* Tokens n .. n + count - 1. */
static inline void tokens_tile(const tk_args *a, const block *b, size_t panel, size_t n, size_t count,
                               bool first) {
    switch (count) {
        B3_TILE(1)
        B3_TILE(2)
        B3_TILE(3)
        B3_TILE(4)
        B3_TILE(5)
    }
}

/* All rows of this call for tokens from .. to - 1. */
static void tokens_of(const tk_args *a, const code_tables *tables, size_t from, size_t to) {
    _Alignas(64) uint8_t buffer[GROUPS * FIELDS * PANEL_BLOCK];
    const size_t k = a->shape.k, tokens = to - from, tiles = (tokens + TOKENS - 1) / TOKENS;
    block b = {.codes = buffer, .k = k};
    for (size_t p = a->begin / ROWS; p * ROWS < a->end; p++) {
        const uint8_t *packed = (const uint8_t *)a->w + p * panel_groups(k) * PANEL_BLOCK;
        tile_masks(b.mask, a, p);
        for (size_t at = 0; at < k || !at; at += COLUMNS) {
            b.columns = k - at < COLUMNS ? k - at : COLUMNS;
            const uint8_t *now = packed + at / PANEL_COLUMNS * PANEL_BLOCK;
            b.next = now + panel_groups(b.columns) * PANEL_BLOCK;
            decode_block(buffer, tables, now, panel_groups(b.columns));
            for (size_t i = 0, n = from; i < tiles; i++) {
                size_t count = from + tokens * (i + 1) / tiles - n;
                b.x = (const int8_t *)a->x + n * k + at;
                tokens_tile(a, &b, p, n, count, !at);
                n += count;
            }
        }
    }
}

static void run(const tk_args *a) {
    const size_t n = a->shape.n, parts = (n + TOGETHER - 1) / TOGETHER;
    const code_tables tables = make_tables();
    for (size_t i = 0; i < parts; i++)
        tokens_of(a, &tables, n * i / parts, n * (i + 1) / parts);
}

TK_KERNEL(gemm_b3__avx512vbmi, .layout = &tk_layout_b3, .step = ROWS, .step_k = PANEL_COLUMNS,
          .reject = panel_reject, .run = run, .note = "80 rows x 5 tokens in registers");
