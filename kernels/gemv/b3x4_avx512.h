/* b3x4_avx512.h: b3x4 by look-up in byte tables (lookup_bytes_avx512.h), one token or a pair at a time. The
 * bytes are the indices: nothing is decoded.
 *
 * A chunk's tables, 192 bytes for four columns and a token, are made on the stack of every thread and stay in
 * the L1 while all panels of the part go by: 8 KiB a token. Making all of them in prepare, with the threads
 * sharing the work, went through the L2 and took twice as long. */
#ifndef TK_B3X4_AVX512_H
#define TK_B3X4_AVX512_H

#include "gemv/b3x4.h"
#include "gemv/lookup_bytes_avx512.h"

_Static_assert((int)LOOK_CHUNK == (int)B3X4_CHUNK && LOOK_VECTORS * 64 == (int)B3X4_ROWS,
               "a chunk of the layout is what the tables and the 16-bit sums take, a block what is looked up");

/* More panels x tokens than these, and their sums (448 KiB), a chunk and what they read of the next one (147
 * KiB each) would not stay in an L2 of 1 MiB. Sums of several tokens are kept on the stack until the last
 * chunk: in y, where two threads' rows of a token are neighbours, each one's prefetcher took lines from the
 * other in every chunk (2560 rows x 128 tokens on two threads of Zen 4 were slower than on one). Lost: sums in
 * scratch, all threads' side by side, a fifth slower on two threads. */
enum { L2_PANELS = 14, L2_TOKENS = 32 };

/* Panels [first, end) x the chunk that begins with `column` x tokens from n on, of those from `begin` on whose
 * sums are kept (NULL: in y). Look-ups ask for their share of the panels' next chunk, into the L2: `lines`
 * lines an index, from line `line` of each on. */
typedef struct b3x4_tile {
    size_t first, end, column, begin, n, tokens, line, lines;
    int32_t *sums; /* [panel][token][B3X4_ROWS] */
} b3x4_tile;

/* What a panel reads next: of the next chunk, or of the first one of the next panels. */
static inline const uint8_t *following(const tk_args *a, const b3x4_tile *t, size_t panel) {
    const size_t column = t->column + B3X4_CHUNK_COLUMNS;
    const bool more = column < a->shape.k;
    return (const uint8_t *)a->w +
           b3x4_blocks(a->shape, more ? panel : panel + t->end - t->first, more ? column : 0) + t->line * 64;
}

/* A panel's part of a chunk; the tile's `tokens` and `lines` and `whole` (all its rows are the part's) are
 * constants where this is inlined, so that sums are registers until they are added to the kept ones. */
__attribute__((always_inline)) static inline void panel(const tk_args *a, const b3x4_part *p,
                                                        const uint8_t *table, const b3x4_tile *t, bool whole) {
    look_sum sum[LOOK_TOKENS * LOOK_VECTORS];
    const size_t m = a->shape.m, i0 = p->row / B3X4_ROWS;
    const bool kept = whole && t->sums, last = p->column + B3X4_CHUNK_COLUMNS >= a->shape.k;
    int32_t *const y = (int32_t *)a->y + t->n * m + p->row;
    int32_t *const own = kept ? t->sums + ((i0 - t->first) * L2_TOKENS + t->n - t->begin) * B3X4_ROWS : y;
    int32_t *const to = last ? y : own;
    const size_t own_step = kept ? B3X4_ROWS : m, to_step = last ? m : own_step;
    look_rows rows = {.begin = a->begin > p->row ? a->begin - p->row : 0,
                      .end = a->end - p->row,
                      .keep = p->column ? 0xffff : 0};
    look_up(sum, p->w, table, p->groups, t->tokens, following(a, t, i0), t->lines);
    LOOK_UNROLL
    for (size_t i = 0; i < t->tokens * LOOK_VECTORS; i++) {
        rows.row = i % LOOK_VECTORS * 64;
        look_store(to + i / LOOK_VECTORS * to_step, own + i / LOOK_VECTORS * own_step, &rows, sum + i, whole);
    }
}

__attribute__((noinline)) static void edge(const tk_args *a, const b3x4_part *p, const uint8_t *table,
                                           const b3x4_tile *t) {
    for (size_t i = 0; i < t->tokens; i++) {
        const b3x4_tile one = {.n = t->n + i, .tokens = 1};
        panel(a, p, table + i * LOOK_TABLES, &one, false);
    }
}

__attribute__((always_inline)) static inline void panels(const tk_args *a, const uint8_t *table, b3x4_tile t,
                                                         size_t tokens, size_t lines) {
    const size_t tile = t.n / LOOK_TOKENS;
    t.tokens = tokens;
    t.lines = lines;
    t.line = lines ? tile * lines % 4 * B3X4_CHUNK : 0;
    for (size_t i = t.first; i < t.end; i++) {
        const b3x4_part p = b3x4_find(a, i, t.column);
        if (p.row >= a->begin && p.row + B3X4_ROWS <= a->end)
            panel(a, &p, table, &t, true);
        else
            edge(a, &p, table, &t);
    }
}

/* A chunk's tile. An index is four lines: with four tiles of tokens or more, a look-up asks for one. */
static void chunk(const tk_args *a, const uint8_t *table, b3x4_tile t) {
    const size_t tokens = a->shape.n;
    if (tokens == 1)
        panels(a, table, t, 1, 0);
    else if (t.n + 1 == tokens)
        panels(a, table, t, 1, 1);
    else if (tokens <= 2)
        panels(a, table, t, 2, 4);
    else if (tokens <= 6)
        panels(a, table, t, 2, 2);
    else
        panels(a, table, t, 2, 1);
}

/* Panels [t.first, t.end) x tokens [t.begin, end), chunk by chunk. */
static void block(const tk_args *a, const look_builder *b, b3x4_tile t, size_t end) {
    const size_t k = a->shape.k;
    for (t.column = 0; t.column < k || !t.column; t.column += B3X4_CHUNK_COLUMNS)
        for (t.n = t.begin; t.n < end; t.n += LOOK_TOKENS) {
            _Alignas(64) uint8_t table[LOOK_TOKENS * LOOK_TABLES];
            const int8_t *x = (const int8_t *)a->x + t.n * k + t.column;
            for (size_t i = 0; i < LOOK_TOKENS && t.n + i < end; i++)
                look_build(table + i * LOOK_TABLES, b, x + i * k, b3x4_columns(a->shape, t.column));
            chunk(a, table, t);
        }
}

static void run(const tk_args *a) {
    _Alignas(64) int32_t sums[L2_PANELS * L2_TOKENS * B3X4_ROWS];
    const look_builder b = look_make_builder();
    const size_t tokens = a->shape.n, last = (a->end + B3X4_ROWS - 1) / B3X4_ROWS;
    b3x4_tile t = {.first = a->begin / B3X4_ROWS, .sums = tokens > 1 ? sums : NULL};
    for (; t.first < last; t.first = t.end) {
        t.end = tokens > 1 && t.first + L2_PANELS < last ? t.first + L2_PANELS : last;
        for (t.begin = 0; t.begin < tokens; t.begin += L2_TOKENS)
            block(a, &b, t, t.begin + L2_TOKENS < tokens ? t.begin + L2_TOKENS : tokens);
    }
}

#endif
