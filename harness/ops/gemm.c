/* gemm: gemv for batches of tokens: y[n][m] = sum over k of w[m][k] * q[n][k], exact in int32. */
#include "harness/ops/gemv.h"

/* Rows around the panels of 64 and 80, tokens around the tiles of 4, 5, 6, 16 and 32; one case in 12 has enough
 * columns for several blocks of K and for sums that wrap int16. */
static tk_shape small(tl_rng *r, unsigned i) {
    static const size_t rows[] = {0, 1, 3, 4, 8, 15, 16, 17, 31, 32, 63, 64, 65, 79, 80, 81, 96, 128, 160, 200};
    static const size_t tokens[] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  11,
                                    12, 13, 15, 16, 17, 24, 31, 32, 33, 48, 65};
    static const size_t groups[] = {64, 128, 128, 256, 256, 384, 512, 640};
    (void)i;
    tk_shape s = {rows[tl_rng_below(r, 20)],
                  tl_rng_below(r, 2) ? groups[tl_rng_below(r, 8)] : tl_rng_below(r, 150),
                  tokens[tl_rng_below(r, 22)]};
    if (tl_rng_below(r, 12) == 0)
        s = (tk_shape){1 + tl_rng_below(r, 90), 256 * (3 + tl_rng_below(r, 14)), 1 + tl_rng_below(r, 9)};
    if (tl_rng_below(r, 100) == 0)
        s = (tk_shape){1 + tl_rng_below(r, 20), 45568,
                       1 + tl_rng_below(r, 3)}; /* the longest row of any model */
    if (tl_rng_below(r, 100) == 0)              /* more rows than a variant takes at a time */
        s = (tk_shape){3500 + tl_rng_below(r, 400), 1 + tl_rng_below(r, 200), 1 + tl_rng_below(r, 5)};
    if (tl_rng_below(r, 150) == 0) /* more tokens */
        s = (tk_shape){1 + tl_rng_below(r, 300), 1 + tl_rng_below(r, 300), 120 + tl_rng_below(r, 150)};
    return s;
}

static const size_t batches[] = {8, 0};

const tl_op tl_op_gemm = {.name = "gemm",
                          .what = "ternary matrix x several int8 vectors, exact int32 sums",
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
                          .shapes_from_file = true,
                          .batches = batches};
