/* head_vec.h: the head with vectors: two rows at a time, which share the loads of x and hide the latency of
 * the sums. A variant defines ROW(k), weights16(row, k) and some_weights for a last part of fewer than 16
 * columns.
 *
 * Bound: the bytes of the weights, from memory. Memory should see one stream: rows follow one another, and what
 * is prefetched is the next pair, in order, into the L2. Each row's own prefetches into the L1, 8 KiB ahead,
 * were half as fast from memory (F16: 11.9 GB/s of 30, now 21 to 24 with pages of 4 KiB, 27 with 2 MiB). Four
 * rows were no faster in the caches and slower from memory. */
#ifndef TK_HEAD_VEC_H
#define TK_HEAD_VEC_H

#include "f32/f32_vec.h"
#include "head/rows.h"

enum { ROWS = 2, STRETCH = 256, AHEAD = 8192 };

static inline void add(lanes *sum, lanes w, lanes x) {
    for (size_t p = 0; p < VEC_PARTS; p++)
        sum->part[p] += w.part[p] * x.part[p];
}

__attribute__((always_inline)) static inline void dots(float *out, const uint8_t *w, size_t row, const float *x,
                                                       size_t k, size_t rows) {
    const uint8_t *ahead = w + (rows * row > AHEAD ? rows * row : AHEAD);
    lanes sum[ROWS];
    size_t i = 0;
    for (size_t r = 0; r < rows; r++)
        sum[r] = lanes_all(0);
    for (; i + F32_LANES <= k; i += F32_LANES) {
        const lanes v = lanes_load(x + i);
        for (size_t r = 0; r < rows; r++)
            add(&sum[r], weights16(w + r * row, i), v);
        if (i % STRETCH == 0)
            for (size_t line = 0; line < rows * ROW(STRETCH); line += 64)
                __builtin_prefetch(ahead + rows * ROW(i) + line, 0, 2);
    }
    for (size_t r = 0; r < rows; r++) {
        if (i < k) {
            float some[F32_LANES] = {0};
            some_weights(some, w + r * row, i, k - i);
            add(&sum[r], lanes_load(some), lanes_load_some(x + i, k - i));
        }
        out[r] = lanes_sum(sum[r]);
    }
}

/* Tokens are inside rows: they come from memory once for all of them. */
static void run(const tk_args *a) {
    const size_t k = a->shape.k, row = ROW(k);
    for (size_t m = a->begin; m < a->end;) {
        const size_t rows = a->end - m < ROWS ? 1 : ROWS;
        const uint8_t *w = (const uint8_t *)a->w + m * row;
        for (size_t n = 0; n < a->shape.n; n++) {
            float out[ROWS];
            if (rows == ROWS)
                dots(out, w, row, (const float *)a->x + n * k, k, ROWS);
            else
                dots(out, w, row, (const float *)a->x + n * k, k, 1);
            memcpy((float *)a->y + n * a->shape.m + m, out, rows * sizeof *out);
        }
        m += rows;
    }
}

#endif
