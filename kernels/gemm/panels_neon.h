/* panels_neon.h: b2x and b3 (gemv/panel.h) for rows_neon.h. A vector of a block is 4 columns of 4 lanes; four
 * blocks, transposed, are 16 columns of each lane, still with all rows of the byte:
 *
 *   block j     | lane 0 | 1 | 2 | 3 |              lane 0   | j | j + 1 | j + 2 | j + 3 |
 *   ... j + 3   | lane 0 | 1 | 2 | 3 |    becomes   ... 3    | j | j + 1 | j + 2 | j + 3 |
 *
 * A unit is TILE_ROWS lanes of a panel, a tile their rows in one field. A variant defines TILES (fields),
 * decoder, make_decoder and fields (16 bytes to the codes of every field) before it includes this. */
#ifndef TK_PANELS_NEON_H
#define TK_PANELS_NEON_H

#include "gemm/rows_neon.h"

enum { PANEL_ROWS = TILES * PANEL_LANES, UNITS = PANEL_LANES / TILE_ROWS, QUAD = 4 };

static inline size_t line_columns(size_t k) {
    return (k + LANES - 1) / LANES * LANES;
}

static inline int8x16_t activations(const tk_args *a, size_t token, size_t c) {
    const int8_t *q = (const int8_t *)a->x + token * a->shape.k + c;
    int8_t some[LANES] = {0};
    if (c + LANES <= a->shape.k)
        return vld1q_s8(q);
    memcpy(some, q, a->shape.k - c);
    return vld1q_s8(some);
}

/* Four lanes of `blocks` blocks (of four; zeros behind) to four lanes' columns. */
static inline void transpose(uint8x16_t lane[QUAD], const uint8_t *w, size_t blocks) {
    uint32x4_t v[QUAD];
    for (size_t j = 0; j < QUAD; j++)
        v[j] = j < blocks ? vreinterpretq_u32_u8(vld1q_u8(w + j * PANEL_BLOCK)) : vdupq_n_u32(0);
    const uint64x2_t a = vreinterpretq_u64_u32(vtrn1q_u32(v[0], v[1])),
                     b = vreinterpretq_u64_u32(vtrn2q_u32(v[0], v[1])),
                     c = vreinterpretq_u64_u32(vtrn1q_u32(v[2], v[3])),
                     d = vreinterpretq_u64_u32(vtrn2q_u32(v[2], v[3]));
    lane[0] = vreinterpretq_u8_u64(vtrn1q_u64(a, c));
    lane[1] = vreinterpretq_u8_u64(vtrn1q_u64(b, d));
    lane[2] = vreinterpretq_u8_u64(vtrn2q_u64(a, c));
    lane[3] = vreinterpretq_u8_u64(vtrn2q_u64(b, d));
}

static inline void decode(uint8_t *out, const tk_args *a, size_t row, size_t at, size_t columns) {
    const size_t groups = panel_groups(a->shape.k), panel = row / PANEL_ROWS, first = row % PANEL_ROWS;
    const decoder d = make_decoder();
    for (size_t c = 0; c < columns; c += LANES)
        for (size_t lane = 0; lane < TILE_ROWS; lane += QUAD) {
            const size_t j = (at + c) / PANEL_COLUMNS;
            const uint8_t *w = (const uint8_t *)a->w + (panel * groups + j) * PANEL_BLOCK + 4 * (first + lane);
            uint8x16_t lanes[QUAD], codes[TILES];
            gemv_ahead(w);
            transpose(lanes, w, groups - j);
            for (size_t i = 0; i < QUAD; i++) {
                fields(codes, &d, lanes[i]);
                for (size_t f = 0; f < TILES; f++)
                    put_codes(out, f * TILE_ROWS + lane + i, c, codes[f]);
            }
        }
}

static void run(const tk_args *a) {
    for (size_t u = a->begin / PANEL_ROWS * UNITS; u / UNITS * PANEL_ROWS < a->end; u++)
        unit(a, u / UNITS * PANEL_ROWS + u % UNITS * TILE_ROWS, PANEL_LANES);
}

#define PANELS_NEON                                                                                            \
    .step = PANEL_ROWS, .step_k = PANEL_COLUMNS, .reject = gemv_reject, .scratch = lines_scratch,              \
    .prepare = lines_prepare, .run = run,                                                                      \
    .note = PAIR == 1 ? "decoded once, 4 rows x 6 tokens in registers"                                         \
                      : "decoded once, 8 rows x 12 tokens in registers"

#endif
