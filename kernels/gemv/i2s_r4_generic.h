/* i2s_r4_generic.h: the 4-row order of I2_S in plain C: four rows in one 64-bit multiplication. A table gives a
 * byte's four codes as digits of a number in base 2^16; times an activation they are the products of four rows.
 *
 * 64 columns are added before digits are taken out: |digit| <= 64 * 3 * 128 = 24576 < 2^15; a negative one
 * borrows from the digit above, which half a digit added beforehand takes back. Bound: one multiplication a
 * cycle, 4 weights a cycle. Autovec takes the plain loop. */
#ifndef TK_I2S_R4_GENERIC_H
#define TK_I2S_R4_GENERIC_H

#include "gemv/rows4.h"

enum { AT_ONCE = 64 };
enum { AUTOVEC = ((TK_BUILD_FLAGS)&TK_AUTOVEC) != 0 };

static void make_digits(uint64_t digits[256]) {
    for (unsigned byte = 0; byte < 256; byte++) /* row 0, in the high bits, is digit 0 */
        digits[byte] = (uint64_t)(byte >> 6) | (uint64_t)(byte >> 4 & 3) << 16 |
                       (uint64_t)(byte >> 2 & 3) << 32 | (uint64_t)(byte & 3) << 48;
}

static inline void by_digits(int32_t out[PANEL_ROWS], const uint64_t digits[256], const uint8_t *w,
                             const int8_t *q, size_t k) {
    const uint64_t half = 0x8000800080008000u;
    memset(out, 0, PANEL_ROWS * sizeof *out);
    for (size_t from = 0; from < k; from += AT_ONCE) {
        uint64_t sum = half;
        for (size_t i = from; i < (k - from < AT_ONCE ? k : from + AT_ONCE); i++)
            sum += digits[w[i]] * (uint64_t)(int64_t)q[i];
        for (size_t r = 0; r < PANEL_ROWS; r++, sum >>= 16)
            out[r] += (int32_t)(sum & 0xffff) - 0x8000;
    }
}

static inline void plainly(int32_t out[PANEL_ROWS], const uint8_t *w, const int8_t *q, size_t k) {
    int32_t a = 0, b = 0, c = 0, d = 0;
    for (size_t i = 0; i < k; i++) {
        a += (w[i] >> 6) * q[i];
        b += (w[i] >> 4 & 3) * q[i];
        c += (w[i] >> 2 & 3) * q[i];
        d += (w[i] & 3) * q[i];
    }
    out[0] = a;
    out[1] = b;
    out[2] = c;
    out[3] = d;
}

static void run(const tk_args *a) {
    uint64_t digits[256];
    make_digits(digits);
    for (size_t p = a->begin / PANEL_ROWS; p * PANEL_ROWS < a->end; p++)
        for (size_t n = 0; n < a->shape.n; n++) {
            const int8_t *q = (const int8_t *)a->x + n * a->shape.k;
            int32_t out[PANEL_ROWS];
            if (AUTOVEC)
                plainly(out, rows4_panel(a, p, 0), q, a->shape.k);
            else
                by_digits(out, digits, rows4_panel(a, p, 0), q, a->shape.k);
            rows4_store(a, p, n, out);
        }
}

#define I2S_R4_GENERIC                                                                                         \
    .layout = &tk_layout_i2s_r4, .step = PANEL_ROWS, .step_k = 1, .reject = gemv_reject, .run = run,           \
    .note = AUTOVEC ? "plain loop for the vectoriser" : "plain C: 4 rows per 64-bit multiplication"

#endif
