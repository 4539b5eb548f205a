/* panels_avx2.h: W1.58A8 GEMM over panels (gemv/panel.h) with 256-bit vectors; b2x and b3 differ in decoding
 * only.
 *
 * A vector is half a block's field: 8 rows x 4 columns; the tile of tile_avx2.h is one field's 16 rows x 6
 * tokens, and nothing is added across lanes.
 *
 *   for a panel of 64 or 80 rows
 *     for COLUMNS columns          decode to plain codes, field by field, into a buffer: 84 or 105 KiB, in L2
 *       for a field                21 KiB of it, which stay in L1
 *         for a tile of 6 tokens   8 times TILE_STEPS_16 steps; then added to y
 *
 * A variant defines FIELDS and decode before it includes this. Rows taken apart in the sums, as in the other
 * panel kernels, would save decoding, but sums of A + 4B hold 8 steps only. */
#ifndef TK_PANELS_AVX2_H
#define TK_PANELS_AVX2_H

#include "gemm/tile_avx2.h"
#include "gemv/panel_avx2.h"

enum { GROUPS = 8 * TILE_STEPS_16, COLUMNS = GROUPS * PANEL_COLUMNS, ROWS = FIELDS * PANEL_LANES };

/* One panel x COLUMNS columns (fewer at the end), and the same columns of a tile of tokens. */
typedef struct panel_block {
    const uint8_t *codes; /* decoded: [FIELDS][GROUPS][PANEL_BLOCK] */
    const int8_t *x;
    size_t k, columns;         /* of the whole matrix; of this block */
    size_t m, n;               /* first row of the panel, first token */
    bool first;                /* y is not yet written */
    int32_t last[TILE_TOKENS]; /* the last columns % 4 activations of each token */
} panel_block;

static inline void decode_block(uint8_t *out, const uint8_t *packed, size_t groups) {
    for (size_t i = 0; i < 2 * groups; i++, out += 32) {
        __m256i field[FIELDS];
        _mm_prefetch((const char *)packed + 32 * i + GROUPS * PANEL_BLOCK, _MM_HINT_T0); /* the next block */
        decode(field, panel_half(packed + 32 * i, 0));
        for (size_t f = 0; f < FIELDS; f++)
            _mm256_store_si256((__m256i *)(void *)(out + f * GROUPS * PANEL_BLOCK), field[f]);
    }
}

/* total += at most TILE_STEPS groups of columns; activations `stride` bytes from token to token. */
__attribute__((always_inline)) static inline void some_groups(tile_sums total, size_t tokens, size_t groups,
                                                              const uint8_t *codes, const int8_t *x,
                                                              size_t stride) {
    tile_sums sum;
    tile_zero(sum, tokens);
    for (const int8_t *end = x + groups * PANEL_COLUMNS; x < end; x += PANEL_COLUMNS, codes += PANEL_BLOCK) {
        const __m256i w0 = _mm256_load_si256((const __m256i *)(const void *)codes);
        const __m256i w1 = _mm256_load_si256((const __m256i *)(const void *)(codes + 32));
        for (size_t t = 0; t < tokens; t++)
            tile_step(sum[t], w0, w1, _mm256_set1_epi32(panel_quad(x + t * stride)));
    }
    tile_total(total, sum, tokens);
}

/* add_to for 8 rows of which not all lie in [begin, end): one by one, apart, for this is seldom needed. Masked
 * loads would do natively, but QEMU reads all of their bytes. */
__attribute__((noinline)) static void add_edge(const tk_args *a, int32_t *y, size_t row, bool first,
                                               __m256i sum) {
    int32_t eight[8];
    _mm256_storeu_si256((__m256i *)(void *)eight, sum);
    for (size_t i = 0; i < 8; i++)
        if (row + i >= a->begin && row + i < a->end)
            y[i] = first ? eight[i] : y[i] + eight[i];
}

/* Adds the sums of 8 rows to y, or starts from minus the sum of the token's activations (weight = code - 1). */
static inline void add_to(const tk_args *a, const panel_block *b, size_t row, size_t n, __m256i sum) {
    int32_t *y = (int32_t *)a->y + n * a->shape.m + row;
    if (b->first)
        sum = _mm256_sub_epi32(sum, _mm256_set1_epi32(a->sum[n]));
    if (row < a->begin || row + 8 > a->end) {
        add_edge(a, y, row, b->first, sum);
        return;
    }
    if (!b->first)
        sum = _mm256_add_epi32(sum, _mm256_loadu_si256((const __m256i *)(const void *)y));
    _mm256_storeu_si256((__m256i *)(void *)y, sum);
}

__attribute__((always_inline)) static inline void tile(size_t tokens, const tk_args *a, const panel_block *b,
                                                       size_t field) {
    const uint8_t *codes = b->codes + field * GROUPS * PANEL_BLOCK;
    const size_t groups = b->columns / PANEL_COLUMNS, row = b->m + field * PANEL_LANES;
    tile_sums total;
    tile_zero(total, tokens);
    for (size_t t = 0; t < tokens; t++)
        _mm_prefetch((const char *)((int32_t *)a->y + (b->n + t) * a->shape.m + row), _MM_HINT_T0);
    for (size_t g = 0; g < groups; g += TILE_STEPS)
        some_groups(total, tokens, groups - g < TILE_STEPS ? groups - g : TILE_STEPS, codes + g * PANEL_BLOCK,
                    b->x + g * PANEL_COLUMNS, b->k);
    if (b->columns % PANEL_COLUMNS)
        some_groups(total, tokens, 1, codes + groups * PANEL_BLOCK, (const int8_t *)b->last, PANEL_COLUMNS);
#pragma GCC unroll 6
    for (size_t t = 0; t < tokens; t++)
        for (size_t v = 0; v < TILE_VECTORS; v++)
            add_to(a, b, row + 8 * v, b->n + t, total[t][v]);
}

static void tokens_tile(size_t tokens, const tk_args *a, panel_block *b, size_t field) {
    for (size_t t = 0; t < tokens && b->columns % PANEL_COLUMNS; t++)
        b->last[t] = panel_tail(b->x + t * b->k, b->columns);
    TILE_SWITCH(tokens, tile, a, b, field)
}

static void run(const tk_args *a) {
    _Alignas(32) uint8_t codes[FIELDS * GROUPS * PANEL_BLOCK];
    const size_t k = a->shape.k, tokens = a->shape.n, tiles = (tokens + TILE_TOKENS - 1) / TILE_TOKENS;
    for (size_t p = a->begin / ROWS; p * ROWS < a->end; p++)
        for (size_t at = 0; at < k || !at; at += COLUMNS) {
            panel_block b = {.codes = codes, .k = k, .m = p * ROWS, .first = !at};
            b.columns = k - at < COLUMNS ? k - at : COLUMNS;
            decode_block(codes,
                         (const uint8_t *)a->w + (p * panel_groups(k) + at / PANEL_COLUMNS) * PANEL_BLOCK,
                         panel_groups(b.columns));
            for (size_t i = 0; i < FIELDS * tiles; i++) {
                const size_t end = tokens * (i % tiles + 1) / tiles;
                b.n = tokens * (i % tiles) / tiles;
                b.x = (const int8_t *)a->x + b.n * k + at;
                tokens_tile(end - b.n, a, &b, i / tiles);
            }
        }
}

#define PANELS_AVX2                                                                                            \
    .step = ROWS, .step_k = PANEL_COLUMNS, .reject = panel_reject, .run = run,                                 \
    .note = "decoded once, 16 rows x 6 tokens in registers"

#endif
