/* b3x4_generic.h: b3x4 in plain C: a table of 81 sums for four activations, one look-up and one addition for
 * four weights. A chunk's tables (16 KiB) are made once for all rows. Bound: two loads a look-up. */
#ifndef TK_B3X4_GENERIC_H
#define TK_B3X4_GENERIC_H

#include "gemv/b3x4.h"
#include "gemv/panel.h"

enum { ENTRIES = 128 }; /* bytes that pack never writes find some other sum or a 0; bit 7 is cut off */

/* Entry a + 3b + 9c + 32d. */
static void make_table(int16_t table[ENTRIES], const int8_t *x, size_t columns) {
    memset(table, 0, ENTRIES * sizeof *table);
    for (size_t c = 0, n = 1; c < B3X4_COLUMNS; n = 3 * (size_t)b3x4_factor[c++]) {
        const size_t factor = b3x4_factor[c];
        const int q = c < columns ? x[c] : 0;
        for (size_t i = 0; i < n; i++) {
            table[factor + i] = table[i];
            table[2 * factor + i] = (int16_t)(table[i] + q);
            table[i] = (int16_t)(table[i] - q);
        }
    }
}

/* Sums of a panel's 256 rows, in the order of its bytes. */
static void sum_panel(int32_t sum[B3X4_ROWS], int16_t table[][ENTRIES], const b3x4_part *p) {
    memset(sum, 0, B3X4_ROWS * sizeof *sum);
    for (size_t g = 0; g < p->groups; g++)
        for (size_t i = 0; i < B3X4_ROWS; i++)
            sum[i] += table[g][p->w[g * B3X4_ROWS + i] % ENTRIES];
}

static void run(const tk_args *a) {
    for (size_t n = 0; n < a->shape.n; n++) {
        int32_t *y = (int32_t *)a->y + n * a->shape.m;
        for (size_t column = 0; column < a->shape.k || !column; column += B3X4_CHUNK_COLUMNS) {
            int16_t table[B3X4_CHUNK][ENTRIES];
            for (size_t k = column; k < a->shape.k && k < column + B3X4_CHUNK_COLUMNS; k += B3X4_COLUMNS)
                make_table(table[(k - column) / B3X4_COLUMNS], (const int8_t *)a->x + n * a->shape.k + k,
                           a->shape.k - k);
            for (size_t p = a->begin / B3X4_ROWS; p * B3X4_ROWS < a->end; p++) {
                int32_t sum[B3X4_ROWS];
                const b3x4_part part = b3x4_find(a, p, column);
                sum_panel(sum, table, &part);
                for (size_t i = 0; i < B3X4_ROWS; i++) {
                    const size_t row = part.row + b3x4_row(i);
                    if (row >= a->begin && row < a->end)
                        y[row] = (column ? y[row] : 0) + sum[i];
                }
            }
        }
    }
}

#endif
