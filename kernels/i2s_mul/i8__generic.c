/* y[i] = x[i] * t(w[i]), t(v) = v on {-2,-1,0,1}, any other value -> 0 (leizerowicz/bitnet-mlx.rs, "I2S
 * kernel"). It multiplies for real: 0 * Inf is NaN and -2 * 0 is -0, as the reference has it.
 *
 * Bound: 9 bytes an element. Plain C is bound by instructions: a table of 256 floats takes four an element.
 * Tried and lost as scalar code under GCC 12: two comparisons (1.6 times the table's time), a mask (1.9 times).
 *
 * The same file is the compiler's own baseline (autovec). A table would leave it with gathers, and GCC does not
 * vectorise the comparisons, so that build takes the mask: the form that both compilers vectorise best. */
#include "kernel.h"

static const float table[256] = {[254] = -2.0f, [255] = -1.0f, [1] = 1.0f};

static void run_table(const tk_args *a) {
    const uint8_t *w = a->w;
    const float *x = a->x;
    float *restrict y = a->y;
    size_t i = a->begin;
    for (; i + 4 <= a->end; i += 4) {
        y[i] = x[i] * table[w[i]];
        y[i + 1] = x[i + 1] * table[w[i + 1]];
        y[i + 2] = x[i + 2] * table[w[i + 2]];
        y[i + 3] = x[i + 3] * table[w[i + 3]];
    }
    for (; i < a->end; i++)
        y[i] = x[i] * table[w[i]];
}

static void run_mask(const tk_args *a) {
    const int8_t *restrict w = a->w;
    const float *restrict x = a->x;
    float *restrict y = a->y;
    for (size_t i = a->begin; i < a->end; i++) {
        int v = w[i];
        y[i] = x[i] * (float)(v & -((unsigned)(v + 2) <= 3u));
    }
}

static void run(const tk_args *a) {
    if (TK_BUILD_FLAGS & TK_AUTOVEC)
        run_mask(a);
    else
        run_table(a);
}

TK_KERNEL(i2s_mul_i8__generic, .step = 16, .run = run, .note = "plain C");
