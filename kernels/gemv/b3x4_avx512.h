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

/* A panel's part of a chunk; `tokens` and `whole` (all its rows are the part's) are constants where this is
 * inlined, so that sums go from registers to y. */
__attribute__((always_inline)) static inline void
panel(const tk_args *a, const b3x4_part *p, const uint8_t *table, size_t n, size_t tokens, bool whole) {
    look_sum sum[LOOK_TOKENS * LOOK_VECTORS];
    int32_t *const y = (int32_t *)a->y + n * a->shape.m;
    look_rows rows = {.begin = a->begin, .end = a->end, .keep = p->column ? 0xffff : 0};
    const size_t m = a->shape.m;
    look_up(sum, p->w, table, p->groups, tokens);
    LOOK_UNROLL
    for (size_t i = 0; i < tokens * LOOK_VECTORS; i++) {
        rows.row = p->row + i % LOOK_VECTORS * 64;
        look_store(y + i / LOOK_VECTORS * m, &rows, sum + i, whole);
    }
}

__attribute__((noinline)) static void edge(const tk_args *a, const b3x4_part *p, const uint8_t *table, size_t n,
                                           size_t tokens) {
    for (size_t t = 0; t < tokens; t++)
        panel(a, p, table + t * LOOK_TABLES, n + t, 1, false);
}

/* All panels of the part, for the chunk whose tables these are. */
__attribute__((always_inline)) static inline void chunk(const tk_args *a, const uint8_t *table, size_t column,
                                                        size_t n, size_t tokens) {
    for (size_t i = a->begin / B3X4_ROWS; i * B3X4_ROWS < a->end; i++) {
        const b3x4_part p = b3x4_find(a, i, column);
        if (p.row >= a->begin && p.row + B3X4_ROWS <= a->end)
            panel(a, &p, table, n, tokens, true);
        else
            edge(a, &p, table, n, tokens);
    }
}

static void run(const tk_args *a) {
    const look_builder b = look_make_builder();
    const size_t k = a->shape.k;
    for (size_t column = 0; column < k || !column; column += B3X4_CHUNK_COLUMNS)
        for (size_t n = 0; n < a->shape.n; n += LOOK_TOKENS) {
            _Alignas(64) uint8_t table[LOOK_TOKENS * LOOK_TABLES];
            const size_t columns = b3x4_columns(a->shape, column), tokens = n + 1 < a->shape.n ? 2 : 1;
            for (size_t t = 0; t < tokens; t++)
                look_build(table + t * LOOK_TABLES, &b, (const int8_t *)a->x + (n + t) * k + column, columns);
            if (tokens == 2)
                chunk(a, table, column, n, 2);
            else
                chunk(a, table, column, n, 1);
        }
}

#endif
