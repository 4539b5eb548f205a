/* numeric.c: planted arithmetic bugs of the kind that was shipped, each with the class of cases that must
 * reveal it. */
#include "harness/selftest/wrong.h"

/* ---- gemv
 * ---------------------------------------------------------------------------------------------------- */
#define GEMV(id, expression)                                                                                   \
    static void id(const tk_args *a) {                                                                         \
        for (size_t m = a->begin; m < a->end; m++)                                                             \
            for (size_t n = 0; n < a->shape.n; n++)                                                            \
                *out(a, m, n) = (expression);                                                                  \
    }                                                                                                          \
    WRONG_KERNEL(id##_k, "gemv", &tk_layout_i2s, id)

/* 16 lanes of int16 that are never widened, as a chain of maddubs and add_epi16. */
static int32_t in_int16(const tk_args *a, size_t m, size_t n, bool saturate) {
    int16_t lane[16] = {0};
    int32_t total = 0;
    for (size_t k = 0; k < a->shape.k; k++) {
        int v = lane[k / 2 % 16] + code(a, m, k) * q_at(a, n, k);
        lane[k / 2 % 16] = (int16_t)(saturate ? (v > 32767 ? 32767 : v < -32768 ? -32768 : v) : v);
    }
    for (int i = 0; i < 16; i++)
        total += lane[i];
    return total - a->sum[n];
}
GEMV(int16_wrap, in_int16(a, m, n, false));
GEMV(int16_saturate, in_int16(a, m, n, true));

/* Weight k read by another rule than 128/32, high bits first. */
static int32_t reordered(const tk_args *a, size_t m, size_t n, size_t (*byte)(size_t),
                         unsigned (*shift)(size_t)) {
    const uint8_t *row = (const uint8_t *)a->w + m * a->shape.k / 4;
    int32_t sum = 0;
    for (size_t k = 0; k < a->shape.k; k++)
        sum += ((row[byte(k)] >> shift(k) & 3) - 1) * q_at(a, n, k);
    return sum;
}
static size_t byte_128(size_t k) {
    return 32 * (k / 128) + k % 32;
}
static size_t byte_64(size_t k) {
    return 16 * (k / 64) + k % 16;
}
static unsigned low_128(size_t k) {
    return (unsigned)(2 * (k % 128 / 32));
}
static unsigned high_64(size_t k) {
    return (unsigned)(6 - 2 * (k % 64 / 16));
}
static unsigned swapped_128(size_t k) {
    return (unsigned)(6 - 2 * ((k % 128 / 32) ^ 1));
}
GEMV(order_64_16, reordered(a, m, n, byte_64, high_64));
GEMV(low_bits_first, reordered(a, m, n, byte_128, low_128));
GEMV(groups_swapped, reordered(a, m, n, byte_128, swapped_128));

GEMV(drops_last_group, dot(a, m, n, a->shape.k / 256 * 256));
static int32_t without_lane(const tk_args *a, size_t m, size_t n) {
    int32_t sum = 0;
    for (size_t k = 0; k < a->shape.k; k++)
        sum += k % 32 == 31 ? 0 : (code(a, m, k) - 1) * q_at(a, n, k);
    return sum;
}
GEMV(drops_lane, without_lane(a, m, n));
GEMV(no_correction, dot(a, m, n, a->shape.k) + a->sum[n]);
GEMV(sum_of_token_0, dot(a, m, n, a->shape.k) + a->sum[n] - a->sum[0]);
GEMV(row_above, dot(a, m ? m - 1 : 0, n, a->shape.k));
GEMV(sign_flipped, -dot(a, m, n, a->shape.k));
GEMV(token_stride, dot(a, m, n / 2, a->shape.k));

static void column_0(const tk_args *a) {
    for (size_t m = a->begin; m < a->end; m++)
        for (size_t n = 0; n < a->shape.n; n++)
            *out(a, m, 0) = dot(a, m, n, a->shape.k);
}
WRONG_KERNEL(column_0_k, "gemv", &tk_layout_i2s, column_0);

/* ---- elementwise
 * ----------------------------------------------------------------------------------------------- */
#define ELEMENTWISE(id, op, expression)                                                                        \
    static void id(const tk_args *a) {                                                                         \
        const float *x = a->x;                                                                                 \
        const int8_t *w = a->w;                                                                                \
        for (size_t i = a->begin; i < a->end; i++)                                                             \
            ((float *)a->y)[i] = (expression);                                                                 \
    }                                                                                                          \
    WRONG_KERNEL(id##_k, op, NULL, id)

ELEMENTWISE(code_3, "i2s_mul", x[i] * (float)((w[i] & 3) - (w[i] & 2 ? 4 : 0)));
ELEMENTWISE(value_2, "i2s_mul", x[i] * (float)(w[i] >= -2 && w[i] <= 2 ? w[i] : 0));
ELEMENTWISE(two_becomes_one, "i2s_mul", x[i] * ternary(w[i] == -2 ? -1 : w[i]));
ELEMENTWISE(any_sign, "ternary_mul", x[i] * (float)((w[i] > 0) - (w[i] < 0)));
ELEMENTWISE(select, "ternary_mul", w[i] == 1 ? x[i] : w[i] == -1 ? -x[i] : 0.0f);
ELEMENTWISE(lost_minus_zero, "ternary_mul", x[i] * ternary(w[i]) + 0.0f);
ELEMENTWISE(flushed, "ternary_mul", fabsf(x[i]) < 1.17549435e-38f ? x[i] * 0.0f : x[i] * ternary(w[i]));
ELEMENTWISE(nan_everywhere, "ternary_mul", x[i] + NAN * ternary(w[i]));

/* ---- quantisers
 * ------------------------------------------------------------------------------------------------ */
#define QUANT_A8(id, ...)                                                                                      \
    static void id(const tk_args *a) {                                                                         \
        for (size_t t = a->begin; t < a->end; t++)                                                             \
            quant_token(a, t, (quant_rules){__VA_ARGS__});                                                     \
    }                                                                                                          \
    WRONG_KERNEL(id##_k, "quant_a8", NULL, id)

QUANT_A8(ties_away, .round = roundf, .floor_at = 1e-5);
QUANT_A8(truncates, .round = truncf, .floor_at = 1e-5);
QUANT_A8(no_floor, .round = nearbyintf, .floor_at = 0);
QUANT_A8(signed_maximum, .round = nearbyintf, .floor_at = 1e-5, .signed_max = true);
QUANT_A8(inverted_scale, .round = nearbyintf, .floor_at = 1e-5, .inverted = true);
QUANT_A8(hides_nan, .round = nearbyintf, .floor_at = 1e-5, .hide_nan = true);

static void missing_sum(const tk_args *a) {
    for (size_t t = a->begin; t < a->end; t++) {
        int32_t before = a->sum[t];
        quant_token(a, t, (quant_rules){.round = nearbyintf, .floor_at = 1e-5});
        a->sum[t] = before;
    }
}
WRONG_KERNEL(missing_sum_k, "quant_a8", NULL, missing_sum);

/* How the mean is taken and where 0.5 goes are what the wrong ones change. */
static void ternarise(const tk_args *a, float mean, bool finite, float tie) {
    float s = 1.0f / fmaxf(mean, 1e-5f);
    const float *x = a->x;
    a->scale[0] = finite ? 1.0f / s : NAN;
    for (size_t i = a->begin * a->shape.k; i < a->end * a->shape.k; i++) {
        float v = x[i] * s;
        ((int8_t *)a->y)[i] = (int8_t)(!finite ? 0 : (v > tie) - (v < -tie));
    }
}

static float plain_f32_mean(const tk_args *a, bool *finite) {
    float sum = 0;
    size_t n = a->shape.m * a->shape.k;
    for (size_t i = 0; i < n; i++)
        sum += fabsf(((const float *)a->x)[i]);
    *finite = isfinite(sum);
    return n ? sum / (float)n : 0;
}
static void f32_mean(const tk_args *a) {
    bool finite;
    float mean = plain_f32_mean(a, &finite);
    ternarise(a, mean, finite, 0.5f);
}
WRONG_KERNEL(f32_mean_k, "quant_w158", NULL, f32_mean);

/* The right mean, in the order that the contract fixes. */
static float right_mean(const tk_args *a, size_t rows, bool *finite) {
    double total = 0;
    for (size_t m = 0; m < rows; m++) {
        double lane[16] = {0};
        for (size_t k = 0; k < a->shape.k; k++)
            lane[k % 16] += fabs((double)((const float *)a->x)[m * a->shape.k + k]);
        for (int half = 8; half; half /= 2)
            for (int j = 0; j < half; j++)
                lane[j] += lane[j + half];
        total += lane[0];
    }
    *finite = isfinite(total);
    size_t n = rows * a->shape.k;
    return n ? (float)(total / (double)n) : 0;
}
static void tie_goes_up(const tk_args *a) {
    bool finite;
    float mean = right_mean(a, a->shape.m, &finite);
    ternarise(a, mean, finite, 0.49999997f);
}
WRONG_KERNEL(tie_goes_up_k, "quant_w158", NULL, tie_goes_up);

static void mean_of_row_0(const tk_args *a) {
    bool finite, ignored;
    right_mean(a, a->shape.m, &finite);
    ternarise(a, right_mean(a, a->shape.m ? 1 : 0, &ignored), finite, 0.5f);
}
WRONG_KERNEL(mean_of_row_0_k, "quant_w158", NULL, mean_of_row_0);

static void missing_scale(const tk_args *a) {
    bool finite;
    float before = a->scale[0], mean = right_mean(a, a->shape.m, &finite);
    ternarise(a, mean, finite, 0.5f);
    a->scale[0] = before;
}
WRONG_KERNEL(missing_scale_k, "quant_w158", NULL, missing_scale);

/* ---- a layout whose round trip is clean
 * ------------------------------------------------------------------------- */
static const char *reject_64(tk_shape s) {
    return s.k % 128 ? "K is not a multiple of 128" : NULL;
}
static size_t size_64(tk_shape s) {
    return s.m * s.k / 4;
}
static size_t row_64(tk_shape s) {
    return s.k / 4;
}
static bool pack_64(void *dst, const int8_t *w, tk_shape s) {
    memset(dst, 0, size_64(s));
    for (size_t e = 0; e < s.m * s.k; e++) {
        if (w[e] < -1 || w[e] > 1)
            return false;
        ((uint8_t *)dst)[byte_64(e)] |= (uint8_t)((w[e] + 1) << high_64(e));
    }
    return true;
}
static void unpack_64(int8_t *w, const void *src, tk_shape s) {
    for (size_t e = 0; e < s.m * s.k; e++)
        w[e] = (int8_t)((((const uint8_t *)src)[byte_64(e)] >> high_64(e) & 3) - 1);
}
static const tk_layout layout_64 = {.name = "i2s",
                                    .bits_per_weight = 2,
                                    .align = 1,
                                    .reject = reject_64,
                                    .size = size_64,
                                    .row_bytes = row_64,
                                    .pack = pack_64,
                                    .unpack = unpack_64};

const tl_wrong tl_wrong_numeric[] = {
    {"int16_wrap", &int16_wrap_k, NULL, TL_VALUE, "one-sign-high",
     "int16 sums never widened (shipped: x86 AVX2)"},
    {"int16_saturate", &int16_saturate_k, NULL, TL_VALUE, "one-sign-high", "int16 sums that saturate"},
    {"order_64_16", &order_64_16_k, NULL, TL_VALUE, "random",
     "64/16 groups read from a 128/32 file (shipped: ARM)"},
    {"low_bits_first", &low_bits_first_k, NULL, TL_VALUE, "random",
     "the first 32 weights taken from the low bits"},
    {"groups_swapped", &groups_swapped_k, NULL, TL_VALUE, "random", "neighbouring groups of 32 exchanged"},
    {"drops_last_group", &drops_last_group_k, NULL, TL_VALUE, "random", "K cut to a multiple of 256"},
    {"drops_lane", &drops_lane_k, NULL, TL_VALUE, "random", "one lane of 32 left out"},
    {"no_correction", &no_correction_k, NULL, TL_VALUE, "random", "codes 0..2 not moved to -1..1"},
    {"sum_of_token_0", &sum_of_token_0_k, NULL, TL_VALUE, "random",
     "every token corrected by the first one's sum"},
    {"row_above", &row_above_k, NULL, TL_VALUE, "random", "row index off by one"},
    {"sign_flipped", &sign_flipped_k, NULL, TL_VALUE, "random", "the sign of every sum"},
    {"token_stride", &token_stride_k, NULL, TL_VALUE, "random", "half the stride between tokens"},
    {"column_0", &column_0_k, NULL, TL_VALUE, "random",
     "every batch column written to column 0 (shipped: TL2)"},
    {"code_3", &code_3_k, NULL, TL_VALUE, NULL, "two bits of any value used as the code"},
    {"value_2", &value_2_k, NULL, TL_VALUE, NULL, "+2 let through instead of 0"},
    {"two_becomes_one", &two_becomes_one_k, NULL, TL_VALUE, "normal", "-2 taken as -1"},
    {"any_sign", &any_sign_k, NULL, TL_VALUE, NULL, "any non-zero byte taken by its sign"},
    {"select", &select_k, NULL, TL_VALUE, "inf", "selects instead of multiplying: 0 * Inf gives 0"},
    {"lost_minus_zero", &lost_minus_zero_k, NULL, TL_VALUE, "negative-zero", "adds 0, so that -0 becomes +0"},
    {"flushed", &flushed_k, NULL, TL_VALUE, "denormals", "denormals flushed to zero"},
    {"nan_everywhere", &nan_everywhere_k, NULL, TL_VALUE, "normal", "NaN in every output"},
    {"ties_away", &ties_away_k, NULL, TL_VALUE, "ties",
     "halves rounded away from zero (shipped: 2026 kernels)"},
    {"truncates", &truncates_k, NULL, TL_VALUE, "normal", "truncates instead of rounding"},
    {"no_floor", &no_floor_k, NULL, TL_VALUE, "zeros", "a zero token gives an infinite scale (shipped: TL)"},
    {"signed_maximum", &signed_maximum_k, NULL, TL_VALUE, "normal",
     "the maximum instead of the absolute maximum"},
    {"inverted_scale", &inverted_scale_k, NULL, TL_VALUE, "normal", "1/s returned for s"},
    {"hides_nan", &hides_nan_k, NULL, TL_VALUE, "nan", "a NaN vanishes in the maximum (shipped: macro max)"},
    {"missing_sum", &missing_sum_k, NULL, TL_UNWRITTEN, "normal", "the token's sum is not written"},
    {"f32_mean", &f32_mean_k, NULL, TL_VALUE, "normal", "the mean in plain f32 order"},
    {"tie_goes_up", &tie_goes_up_k, NULL, TL_VALUE, "half", "|W*s| = 0.5 counts as 1"},
    {"mean_of_row_0", &mean_of_row_0_k, NULL, TL_VALUE, "normal", "the first row's mean for the whole tensor"},
    {"missing_scale", &missing_scale_k, NULL, TL_UNWRITTEN, "normal", "the scale is not written"},
    {"layout_64_16", NULL, &layout_64, TL_GOLDEN, NULL, "packs and unpacks 64/16: its round trip is clean"},
    {0}};
