/* b3 x int8 for several tokens with VPERMB and VPDPBUSD: 80 rows x 5 tokens in registers.
 *
 * The tile in registers is one panel (5 vectors of 16 rows x 4 columns) x up to 5 tokens: 25 sums, the decoded
 * weights, one broadcast of four activations. Rows are taken apart in the sums (gemv/b3_avx512.h).
 *
 *   for a panel of rows
 *     for 512 columns               decode once, six operations for 320 weights, into a buffer that stays in L1
 *       for a tile of tokens        columns of weights x activations into registers, then added to y
 *
 * Loads: 10 for 25 VPDPBUSD, so the multiplier ports are what binds; decoding is a fifth of the operations for
 * 8 tokens and next to none for many. The next block comes from memory into the L2 while this one is
 * multiplied: asked for while decoding, or into the L1, it came late (4 tokens from memory: 105 for 134
 * GMAC/s). Sums of at most 512 columns are taken apart, so they are far from wrapping. Tried and lost, by
 * count: 32 rows x 12 tokens, 14 loads for 24 products; a buffer for all of K, which falls out of L1; decoding
 * in registers, again for every tile (b3__avx512vbmi_regs.c, where a CPU does that beside the products). */
#include "gemm/b3_tiles_avx512.h"

enum { TOKENS = 5, COLUMNS = 512, GROUPS = COLUMNS / PANEL_COLUMNS };

/* One panel x COLUMNS columns (fewer at the end). */
typedef struct block {
    const uint8_t *codes;   /* decoded: [groups][FIELDS][64] */
    const uint8_t *next;    /* packed: what is decoded after this block */
    const int8_t *x;        /* first token, first column of the block */
    size_t k, columns;      /* of the whole matrix; of this block */
    __mmask16 mask[FIELDS]; /* which rows to store */
} block;

static inline void decode_block(uint8_t *out, const b3_tables *d, const uint8_t *packed, size_t groups) {
    for (size_t g = 0; g < groups; g++, packed += PANEL_BLOCK, out += FIELDS * PANEL_BLOCK) {
        __m512i w[FIELDS];
        b3_decode(w, d, _mm512_load_si512(packed));
        for (size_t f = 0; f < FIELDS; f++)
            _mm512_store_si512(out + f * PANEL_BLOCK, w[f]);
    }
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

static void run(const tk_args *a) {
    _Alignas(64) uint8_t buffer[GROUPS * FIELDS * PANEL_BLOCK];
    const size_t k = a->shape.k, tokens = a->shape.n, tiles = (tokens + TOKENS - 1) / TOKENS;
    const b3_tables d = b3_make_tables();
    block b = {.codes = buffer, .k = k};
    for (size_t p = a->begin / ROWS; p * ROWS < a->end; p++) {
        const uint8_t *packed = (const uint8_t *)a->w + p * panel_groups(k) * PANEL_BLOCK;
        tile_masks(b.mask, a, p);
        for (size_t at = 0; at < k || !at; at += COLUMNS) {
            b.columns = k - at < COLUMNS ? k - at : COLUMNS;
            const uint8_t *now = packed + at / PANEL_COLUMNS * PANEL_BLOCK;
            b.next = now + panel_groups(b.columns) * PANEL_BLOCK;
            decode_block(buffer, &d, now, panel_groups(b.columns));
            for (size_t i = 0, n = 0; i < tiles; i++) {
                size_t count = tokens * (i + 1) / tiles - n;
                b.x = (const int8_t *)a->x + n * k + at;
                tokens_tile(a, &b, p, n, count, !at);
                n += count;
            }
        }
    }
}

TK_KERNEL(gemm_b3__avx512vbmi, .layout = &tk_layout_b3, .step = ROWS, .step_k = PANEL_COLUMNS,
          .reject = panel_reject, .run = run, .note = "80 rows x 5 tokens in registers");
