/* b3 x int8 for several tokens with VPERMB and VPDPBUSD, decoded in registers: 80 rows x 4 tokens.
 *
 *   for a panel of 80 rows
 *     for up to 4096 columns        packed: 64 KiB, from the L2
 *       for a tile of 4 tokens      a step: a load and six operations give 5 vectors of weights, which meet 4
 *                                   broadcasts of 4 activations: 20 VPDPBUSD; rows are taken apart at the end
 *
 * Bound: CPUs with two VPDPBUSD and two more vector operations of 512 bits a cycle (Zen 5) decode beside the
 * products, again for every tile, for nothing. Where those share two ports b3__avx512vbmi.c is for: it decodes
 * once, into a buffer. Nothing is written back, there are 5 loads for 20 products instead of 8, and y is added
 * to once in 4096 columns instead of 512. On Zen 5, 6912x2560, one thread, GMAC/s of 550: 8 tokens 378 -> 515,
 * 128 tokens 479 -> 518, 512 tokens 485 -> 525. The next block is asked for while this one is multiplied.
 * Tried and lost: 5 tokens, for which tables would have to be operands in memory: sums went there instead. */
#include "gemm/b3_tiles_avx512.h"

enum { TOKENS = 4, COLUMNS = 4096 };

typedef struct block {
    const b3_tables *tables;
    const uint8_t *packed;  /* one panel, up to COLUMNS columns */
    const int8_t *x;        /* first token, first column of the block */
    size_t k, columns;      /* of the whole matrix; of this block */
    __mmask16 mask[FIELDS]; /* which rows to store */
} block;

static inline void tile_rows(__m512i row[FIELDS], const __m512i sum[FIELDS]) {
    b3_apart(row, sum, 0);
}

/* sum[t][f] of a tile; `tokens` is a constant where this is inlined. */
__attribute__((always_inline)) static inline void tile_sums(__m512i sum[][FIELDS], const block *b,
                                                            size_t tokens) {
    const size_t groups = b->columns / PANEL_COLUMNS;
    const uint8_t *packed = b->packed, *end = packed + groups * PANEL_BLOCK, *ahead = end;
    const int8_t *x = b->x;
    const b3_tables tables = *b->tables;
    __m512i w[FIELDS];
    PANEL_UNROLL
    for (size_t t = 0; t < tokens; t++)
        for (size_t f = 0; f < FIELDS; f++)
            sum[t][f] = _mm512_setzero_si512();
    for (; packed < end; packed += PANEL_BLOCK, x += PANEL_COLUMNS, ahead += PANEL_BLOCK) {
        _mm_prefetch((const char *)ahead, _MM_HINT_T1);
        b3_decode(w, &tables, _mm512_load_si512(packed));
        PANEL_UNROLL
        for (size_t t = 0; t < tokens; t++) {
            const __m512i q = _mm512_set1_epi32(panel_quad(x + t * b->k));
            for (size_t f = 0; f < FIELDS; f++)
                sum[t][f] = panel_dot(sum[t][f], w[f], q);
        }
    }
    if (b->columns % PANEL_COLUMNS) {
        b3_decode(w, &tables, _mm512_load_si512(packed));
        PANEL_UNROLL
        for (size_t t = 0; t < tokens; t++) {
            const __m512i q = _mm512_set1_epi32(panel_tail(b->x + t * b->k, b->columns));
            for (size_t f = 0; f < FIELDS; f++)
                sum[t][f] = panel_dot(sum[t][f], w[f], q);
        }
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
    }
}

/* Equal blocks of columns, so that each asks for all of the next one. */
static void run(const tk_args *a) {
    const size_t k = a->shape.k, tokens = a->shape.n, tiles = (tokens + TOKENS - 1) / TOKENS,
                 blocks = k > COLUMNS ? (k + COLUMNS - 1) / COLUMNS : 1,
                 step = panel_groups(k / blocks + 1) * PANEL_COLUMNS; /* not 0, and no fewer than it takes */
    const b3_tables tables = b3_make_tables();
    for (size_t p = a->begin / ROWS; p * ROWS < a->end; p++)
        for (size_t at = 0; at < k || !at; at += step) {
            block b = {.tables = &tables, .k = k, .columns = k - at < step ? k - at : step};
            tile_masks(b.mask, a, p);
            b.packed = (const uint8_t *)a->w + (p * panel_groups(k) + at / PANEL_COLUMNS) * PANEL_BLOCK;
            for (size_t i = 0, n = 0; i < tiles; i++) {
                const size_t count = tokens * (i + 1) / tiles - n;
                b.x = (const int8_t *)a->x + n * k + at;
                tokens_tile(a, &b, p, n, count, !at);
                n += count;
            }
        }
}

TK_KERNEL(gemm_b3__avx512vbmi_regs, .layout = &tk_layout_b3, .step = ROWS, .step_k = PANEL_COLUMNS,
          .reject = panel_reject, .run = run, .note = "80 rows x 4 tokens in registers, decoded there");
