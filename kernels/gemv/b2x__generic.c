/* b2x x int8 in plain C: a table spreads a byte's four codes over a word, one 64-bit multiplication gives all
 * four products: panel_generic.h. Autovec takes the plain loop.
 * Tried and lost: products of codes of two rows and two columns as digits in base 2^16, as in i2s__generic.c:
 * no table, but twice the masks and shifts. */
#include "gemv/panel_generic.h"

/* The plain loop, for the compiler's own vectorising: every byte lane of a block has its own sums. */
static inline void plain_panel(int32_t sum[4][PANEL_BLOCK], const uint8_t *w, const int8_t *x, size_t k) {
    memset(sum, 0, 4 * sizeof *sum);
    for (size_t j = 0; j < panel_groups(k); j++, w += PANEL_BLOCK) {
        int32_t four = 4 * j + 4 <= k ? panel_quad(x + 4 * j) : panel_tail(x, k);
        int8_t q[PANEL_BLOCK];
        for (size_t b = 0; b < PANEL_LANES; b++)
            memcpy(q + 4 * b, &four, 4);
        for (size_t f = 0; f < 4; f++)
            for (size_t b = 0; b < PANEL_BLOCK; b++)
                sum[f][b] += (w[b] >> 2 * f & 3) * q[b];
    }
}

static void run_plain(const tk_args *a) {
    size_t k = a->shape.k, bytes = panel_groups(k) * PANEL_BLOCK;
    for (size_t p = a->begin / B2X_ROWS; p * B2X_ROWS < a->end; p++)
        for (size_t n = 0; n < a->shape.n; n++) {
            int32_t sum[4][PANEL_BLOCK];
            plain_panel(sum, (const uint8_t *)a->w + p * bytes, (const int8_t *)a->x + n * k, k);
            for (size_t row = p * B2X_ROWS; row < (p + 1) * B2X_ROWS; row++) {
                const int32_t *s = &sum[row % B2X_ROWS / PANEL_LANES][row % PANEL_LANES * 4];
                if (row >= a->begin && row < a->end)
                    ((int32_t *)a->y)[n * a->shape.m + row] = s[0] + s[1] + s[2] + s[3] - a->sum[n];
            }
        }
}

static void run_product(const tk_args *a) {
    uint64_t table[BYTES];
    for (unsigned b = 0; b < BYTES; b++)
        table[b] = (b & 3) | (uint64_t)(b >> 2 & 3) << FIELD | (uint64_t)(b >> 4 & 3) << 2 * FIELD |
                   (uint64_t)(b >> 6) << 3 * FIELD;
    product_run(a, B2X_ROWS, table);
}

enum { AUTOVEC = ((TK_BUILD_FLAGS)&TK_AUTOVEC) != 0 };

TK_KERNEL(gemv_b2x__generic, .layout = &tk_layout_b2x, .step = B2X_ROWS, .step_k = PANEL_COLUMNS,
          .reject = panel_reject, .scratch = AUTOVEC ? NULL : wide_scratch, .prepare = AUTOVEC ? NULL : widen,
          .run = AUTOVEC ? run_plain : run_product,
          .note = AUTOVEC ? "plain loop for the vectoriser" : "plain C: 4 rows per 64-bit multiplication");
