/* gemv: y[n][m] = sum over k of w[m][k] * q[n][k]; ternary x int8, exact in int32. */
#include "harness/ops/gemv.h"
#include "reference/oracle.h"

#include <string.h>

static size_t count_w(tk_shape s) {
    return s.m * s.k;
}
static size_t count_x(tk_shape s) {
    return s.n * s.k;
}
static size_t count_sum(tk_shape s) {
    return s.n;
}
static size_t count_y(tk_shape s) {
    return s.n * s.m;
}
size_t tl_gemv_extent(tk_shape s) {
    return s.m;
}

const tl_array_spec tl_gemv_arrays[TL_GEMV_ARRAYS] = {
    {"w", TL_I8, TL_WEIGHT, offsetof(tk_args, w), count_w, false},
    {"x", TL_I8, TL_IN, offsetof(tk_args, x), count_x, false},
    {"sum", TL_I32, TL_IN, offsetof(tk_args, sum), count_sum, false},
    {"y", TL_I32, TL_OUT, offsetof(tk_args, y), count_y, false},
};

size_t tl_gemv_owner(const tl_array_spec *spec, tk_shape s, size_t element) {
    (void)spec;
    return element % s.m;
}

enum {
    RANDOM,
    ZERO_WEIGHTS,
    PLUS_ONE,
    MINUS_ONE,
    ONE_SIGN_HIGH,
    ONE_SIGN_LOW,
    ONE_SIGN_NEG,
    ONE_SIGN_NEG_LOW,
    ALTERNATING,
    ONE_HOT,
    ONE_FIELD,
    LAST_COLUMN,
    ZERO_ACTIVATIONS,
    EXTREMES,
    ONE_TOKEN,
};
const char *const tl_gemv_classes[] = {
    [RANDOM] = "random",
    [ZERO_WEIGHTS] = "zero-weights",
    [PLUS_ONE] = "plus-one",
    [MINUS_ONE] = "minus-one",
    [ONE_SIGN_HIGH] = "one-sign-high",       /* w = +1, q = 127: partial sums in int16 wrap */
    [ONE_SIGN_LOW] = "one-sign-low",         /* w = +1, q = -128 */
    [ONE_SIGN_NEG] = "one-sign-neg",         /* w = -1, q = 127: the sum comes from the subtraction alone */
    [ONE_SIGN_NEG_LOW] = "one-sign-neg-low", /* w = -1, q = -128 */
    [ALTERNATING] = "alternating",
    [ONE_HOT] = "one-hot", /* a single weight a row, in another column each: groups or rows mixed up */
    [ONE_FIELD] =
        "one-field", /* weights in one 32-column quarter of the groups: codes unpacked in wrong order */
    [LAST_COLUMN] = "last-column", /* only the last column counts: a dropped tail */
    [ZERO_ACTIVATIONS] = "zero-activations",
    [EXTREMES] = "extremes",   /* q is -128 or 127 */
    [ONE_TOKEN] = "one-token", /* all tokens but one are zero: columns of a batch mixed up */
    NULL,
};

static int8_t weight(int cls, size_t row, size_t k, tk_shape s, size_t hot, int random) {
    switch (cls) {
    case ZERO_WEIGHTS:
        return 0;
    case PLUS_ONE:
    case ONE_SIGN_HIGH:
    case ONE_SIGN_LOW:
        return 1;
    case MINUS_ONE:
    case ONE_SIGN_NEG:
    case ONE_SIGN_NEG_LOW:
        return -1;
    case ALTERNATING:
        return (row + k) % 2 ? 1 : -1;
    case ONE_HOT:
        return (int8_t)(k == (hot + row * 37) % s.k ? (row % 2 ? -1 : 1) : 0);
    case ONE_FIELD:
        return (int8_t)(k / 32 % 4 == hot % 4 ? random : 0);
    case LAST_COLUMN:
        return k == s.k - 1 ? 1 : 0;
    default:
        return (int8_t)random;
    }
}

static int8_t activation(int cls, size_t token, size_t k, tk_shape s, size_t hot, int random) {
    switch (cls) {
    case ONE_SIGN_HIGH:
    case ONE_SIGN_NEG:
        return 127;
    case ONE_SIGN_LOW:
    case ONE_SIGN_NEG_LOW:
        return -128;
    case ALTERNATING:
        return k % 2 ? 127 : -128;
    case LAST_COLUMN:
        return (int8_t)(k == s.k - 1 ? (random ? random : 1) : 0);
    case ZERO_ACTIVATIONS:
        return 0;
    case EXTREMES:
        return random % 2 ? 127 : -128;
    case ONE_TOKEN:
        return (int8_t)(token == hot % s.n ? random : 0);
    default:
        return (int8_t)random;
    }
}

/* Twenty of a random number, a fraction of 2^64 whose digits to base 3 they are. */
struct trits {
    uint64_t rest;
    unsigned left;
};
static inline int trit(tl_rng *r, struct trits *t) {
    if (!t->left--)
        *t = (struct trits){tl_rng_next(r), 19};
    const __uint128_t three = (__uint128_t)t->rest * 3;
    t->rest = (uint64_t)three;
    return (int)(three >> 64) - 1;
}

void tl_gemv_fill(tl_case *c, int cls, tl_rng *r) {
    int8_t *w = c->data[0], *x = c->data[1];
    int32_t *sum = c->data[2];
    struct trits trits = {0};
    tk_shape s = c->shape;
    size_t hot = s.k ? tl_rng_below(r, s.k) : 0;
    for (size_t row = 0; row < s.m; row++)
        for (size_t k = 0; k < s.k; k++, w++)
            *w = weight(cls, row, k, s, hot, trit(r, &trits));
    memset(sum, 0, s.n * sizeof *sum);
    for (size_t i = 0; i < s.n * s.k; i++) {
        x[i] = activation(cls, i / s.k, i % s.k, s, hot, (int)tl_rng_below(r, 256) - 128);
        sum[i / s.k] += x[i];
    }
}

void tl_gemv_oracle(tl_case *c) {
    oracle_gemv(c->data[3], c->data[0], c->data[1], c->shape.m, c->shape.k, c->shape.n);
}

/* One case in 3 is of any shape, one in 16 has enough columns to wrap int16 partial sums; the others are small.
 * Both axes are drawn, not derived from i, so that every class meets every kind of shape. */
static tk_shape small(tl_rng *r, unsigned i) {
    static const size_t rows[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 15, 16, 17, 31, 33};
    static const size_t groups[] = {1, 1, 2, 2, 3, 4, 5, 6, 7, 10, 11, 12, 20, 21, 22, 25};
    static const size_t tokens[] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 3, 5, 8, 0};
    static const size_t long_rows[] = {2048, 4096, 6912, 14336,
                                       45568}; /* the last: the longest row of any model */
    (void)i;
    tk_shape s = {rows[tl_rng_below(r, 16)], 128 * groups[tl_rng_below(r, 16)], tokens[tl_rng_below(r, 16)]};
    if (tl_rng_below(r, 3) == 0) /* for layouts that hold any shape: panels of 64 and 80 rows, odd columns */
        s = (tk_shape){tl_rng_below(r, 200), 1 + tl_rng_below(r, 100), s.n};
    else if (tl_rng_below(r, 4) == 0) /* blocks of 64 */
        s.k = 64 * (1 + tl_rng_below(r, 20));
    if (tl_rng_below(r, 4) == 0) /* look-up formats: blocks of 32 rows */
        s = (tk_shape){32 * (1 + tl_rng_below(r, 10)), 32 * (1 + tl_rng_below(r, 24)), s.n};
    uint64_t kind = tl_rng_below(r, 64);
    if (kind == 1)
        s = (tk_shape){32, 32 * (200 + tl_rng_below(r, 1225)), 1};
    if (kind == 0)
        s.k = 0;
    if (kind >= 60)
        s = (tk_shape){1 + tl_rng_below(r, 5), long_rows[tl_rng_below(r, 5)], 1};
    return s;
}

double tl_gemv_bytes(tk_shape s, const tk_layout *layout) {
    double weights = layout ? (double)layout->size(s) : (double)count_w(s);
    return weights + (double)count_x(s) + 4.0 * (double)count_sum(s) + 4.0 * (double)count_y(s);
}

double tl_gemv_ops(tk_shape s) {
    return (double)s.m * (double)s.k * (double)s.n;
}

const tl_op tl_op_gemv = {.name = "gemv",
                          .what = "ternary matrix x int8 vector, exact int32 sums",
                          .arrays = tl_gemv_arrays,
                          .narrays = TL_GEMV_ARRAYS,
                          .extent = tl_gemv_extent,
                          .axis = "M",
                          .owner = tl_gemv_owner,
                          .classes = tl_gemv_classes,
                          .fill = tl_gemv_fill,
                          .oracle = tl_gemv_oracle,
                          .small = small,
                          .bytes = tl_gemv_bytes,
                          .ops = tl_gemv_ops,
                          .integer_ops = true,
                          .shapes_from_file = true};
