/* a16.h: the output head with 16-bit activations (contract "a16"): logits y[n][m] = sum over k of
 * W[m][k] * x[n][k], where x is first rounded to 16 bits and products are summed in integers.
 *
 *   w    rows of a GGUF type as they are in the file (dequant/dequant.h), any alignment
 *   x    f32[N][K]        y    f32[N][M]        scratch    what prepare leaves: the activations as integers
 *
 * Activations, token by token. top = the largest |x|;
 *   a = x * (32639 / top), rounded to nearest, ties to even: within -32639 .. 32639, so that a = 256 hi + lo
 * with hi and lo int8 (32639 = 0x7f7f); scale = top / 32639. If top < 2^-60, x and top are first multiplied by
 * 2^64, which is exact, and y by 2^-64 at the end. If top = 0, all a and the scale are 0. A NaN or Inf in x
 * makes the scale NaN: every logit of the token is NaN.
 *
 * Products. 16 lanes; l means a lane, T an exact int32 sum:
 *   Q6_K  column c belongs to lane c / 4 mod 16. For each block of 256: T[l] = sum of s (code - 32) a over its
 * 16 columns, s the int8 scale of their sixteenth. |T| <= 16 * 128 * 32 * 32639 < 2^31. Q8_0  column c belongs
 * to lane c / 2 mod 16. For each block of 32: T[l] = sum of q a over its 2 columns. |T| <= 2 * 128 * 32639 <
 * 2^24: exact as a float. acc[l] += d * (float)T[l], block after block, d the block's scale: multiply, then
 * add. Then the tree of f32.h, times the activations' scale (and 2^-64). So every ISA and every split gives the
 * same bits.
 *
 * Error: a * scale is within 0.504 scale of x (half a step, and 2^-23 of a for the rounding of x * (32639 /
 * top) and of the scale), so a logit is off from exact by at most, to first order, top / 64000 * sum |w|  +  (K
 * / 256 + 8) * 2^-24 * sum |w x|      (Q8_0: K / 32 in place of K / 256) */
#ifndef TK_HEAD_A16_H
#define TK_HEAD_A16_H

#include "head/rounding.h"

#define A16_TOP 32639

enum { A16_PIECE = 64, A16_HEADER = 64 }; /* columns that a variant stores at once; bytes before them */

/* What a token's part of the scratch begins with. */
typedef struct a16_token {
    float scale, back;
} a16_token;

/* A variant defines: bytes of scratch a column, and how it stores n columns (64, or 32 at the end of a row)
 * from column `at` on; `to` is 64-byte aligned. */
#ifndef A16_COLUMN
#define A16_COLUMN 2
#endif
static inline void a16_store(uint8_t *to, size_t at, const int16_t *a, size_t n);

static inline size_t a16_stride(size_t k) {
    return A16_HEADER + (k + A16_PIECE - 1) / A16_PIECE * A16_PIECE * A16_COLUMN;
}

static size_t a16_scratch(tk_shape s) {
    return s.n * a16_stride(s.k);
}

static inline void a16_prepare_token(uint8_t *to, const float *x, size_t k) {
    const head_rounding r = head_rounding_of(x, k, A16_TOP);
    const a16_token head = {r.finite ? r.top / A16_TOP : NAN, 1 / r.up};
    memcpy(to, &head, sizeof head);
    for (size_t i = 0, n; i < k; i += n) {
        int16_t a[A16_PIECE] = {0};
        n = k - i < A16_PIECE ? k - i : A16_PIECE;
        for (size_t j = 0; j < n && r.finite; j++)
            a[j] = (int16_t)(f32_bits(x[i + j] * r.up * r.inverse + F32_MAGIC) - f32_bits(F32_MAGIC));
        a16_store(to + A16_HEADER, i, a, n);
    }
}

static void a16_prepare(const tk_args *a) {
    head_prepare(a, a16_stride(a->shape.k), a16_prepare_token);
}

/* a = 256 hi + lo. */
static inline int8_t a16_low(int16_t a) {
    return (int8_t)(uint8_t)a;
}
static inline int8_t a16_high(int16_t a) {
    return (int8_t)((a - a16_low(a)) / 256);
}

/* Three ways to store. As int16, column after column: */
static inline void a16_store_whole(uint8_t *to, size_t at, const int16_t *a, size_t n) {
    memcpy(to + 2 * at, a, 2 * n);
}

/* As int16, of every 64 columns first the even ones, then the odd ones. */
static inline void a16_store_even_odd(uint8_t *to, size_t at, const int16_t *a, size_t n) {
    int16_t *even = (int16_t *)(void *)to + at, *odd = even + A16_PIECE / 2;
    for (size_t i = 0; i < n / 2; i++) {
        even[i] = a[2 * i];
        odd[i] = a[2 * i + 1];
    }
}

/* Of every 64 columns first hi, then lo. */
static inline void a16_store_halves(uint8_t *to, size_t at, const int16_t *a, size_t n) {
    int8_t *hi = (int8_t *)to + at * A16_COLUMN, *lo = hi + A16_PIECE;
    for (size_t i = 0; i < n; i++) {
        hi[i] = a16_high(a[i]);
        lo[i] = a16_low(a[i]);
    }
}

/* A variant defines: the sums of `rows` rows (A16_ROWS or 1) by the tree; `row` = bytes of one. */
#ifndef A16_ROWS
#define A16_ROWS 1
#endif
static inline void a16_dots(float *out, const uint8_t *w, size_t row, const uint8_t *activations, size_t k,
                            size_t rows);

/* Tokens are inside rows: a row comes from memory once for all of them. */
static void a16_run(const tk_args *a) {
    const size_t k = a->shape.k, row = ROW(k);
    for (size_t m = a->begin, rows; m < a->end; m += rows) {
        const uint8_t *t = a->scratch, *w = (const uint8_t *)a->w + m * row;
        rows = a->end - m < A16_ROWS ? 1 : A16_ROWS;
        for (size_t n = 0; n < a->shape.n; n++, t += a16_stride(k)) {
            float out[A16_ROWS], *y = (float *)a->y + n * a->shape.m + m;
            a16_token head;
            memcpy(&head, t, sizeof head);
            if (rows == A16_ROWS)
                a16_dots(out, w, row, t + A16_HEADER, k, A16_ROWS);
            else
                a16_dots(out, w, row, t + A16_HEADER, k, 1);
            for (size_t r = 0; r < rows; r++)
                y[r] = out[r] * head.scale * head.back;
        }
    }
}

#define A16_KERNEL .step = A16_ROWS, .scratch = a16_scratch, .prepare = a16_prepare, .run = a16_run

#endif
