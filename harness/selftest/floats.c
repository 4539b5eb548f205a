/* floats.c: planted bugs of the float ops of a transformer. Most keep every digit that a tolerance would look
 * at: only bits tell them, which is what the ops promise. Where a class is named it takes
 * that class to see the bug; the others take a shape (tokens, heads, blocks of keys) or luck in rounding. */
#include "harness/selftest/wrong.h"
#include "kernels/attention_f16/attention_f16_generic.h"
#include "kernels/attention_i8/attention_i8.h"

/* Sums of products as f32.h has them, or in the ways that it forbids. */
typedef enum order { LANES, ONE_CHAIN, FUSED } order;

static float product_sum(const float *x, const float *w, size_t n, order how) {
    float lane[F32_LANES] = {0}, chain = 0;
    for (size_t i = 0; i < n; i++) {
        float *to = how == ONE_CHAIN ? &chain : &lane[i % F32_LANES];
        *to = how == FUSED ? fmaf(x[i], w[i], *to) : *to + x[i] * w[i];
    }
    return how == ONE_CHAIN ? chain : f32_tree(lane);
}

/* ---- rms_norm -------------------------------------------------------------------------------------------- */
typedef struct norm_rules {
    order how;
    bool no_eps, centred, weight_first, hide_nan;
} norm_rules;

static void norm_token(const tk_args *a, size_t n, norm_rules r) {
    const size_t k = a->shape.k;
    const float *x = (const float *)a->x + n * k, *w = a->w;
    float *y = (float *)a->y + n * k, mean = 0;
    for (size_t i = 0; i < k; i++)
        mean += r.centred ? x[i] / (float)k : 0;
    for (size_t i = 0; i < k; i++)
        y[i] = (r.hide_nan && isnan(x[i]) ? 0 : x[i]) - mean;
    const float square = product_sum(y, y, k, r.how) / (float)k;
    const float scale = 1.0f / sqrtf(r.no_eps ? square : square + *(const float *)a->x2);
    for (size_t i = 0; i < k; i++)
        y[i] = r.weight_first ? y[i] * w[i] * scale : y[i] * scale * w[i];
}

#define NORM(id, ...)                                                                                          \
    static void id(const tk_args *a) {                                                                         \
        for (size_t n = a->begin; n < a->end && a->shape.k; n++)                                               \
            norm_token(a, n, (norm_rules){__VA_ARGS__});                                                       \
    }                                                                                                          \
    WRONG_KERNEL(id##_k, "rms_norm", NULL, id)

NORM(norm_right, .how = LANES);
NORM(norm_one_chain, .how = ONE_CHAIN);
NORM(norm_fused, .how = FUSED);
NORM(norm_no_eps, .no_eps = true);
NORM(norm_centred, .centred = true);
NORM(norm_weight_first, .weight_first = true);
NORM(norm_hides_nan, .hide_nan = true);

/* ---- softmax --------------------------------------------------------------------------------------------- */
typedef struct softmax_rules {
    float (*e)(float);
    bool no_maximum, short_maximum, reciprocal, hide_nan;
} softmax_rules;

static void softmax_row(const tk_args *a, size_t n, softmax_rules r) {
    const size_t k = a->shape.k;
    const float *x = (const float *)a->x + n * k;
    float *y = (float *)a->y + n * k, lane[F32_LANES] = {0}, max = -INFINITY;
    for (size_t i = 0; i < (r.short_maximum ? k / 8 * 8 : k); i++)
        max = x[i] > max ? x[i] : max;
    for (size_t i = 0; i < k; i++) {
        y[i] = r.hide_nan && isnan(x[i]) ? 0 : r.e(r.no_maximum ? x[i] : x[i] - max);
        lane[i % F32_LANES] += y[i];
    }
    const float sum = f32_tree(lane);
    for (size_t i = 0; i < k; i++)
        y[i] = r.reciprocal ? y[i] * (1.0f / sum) : y[i] / sum;
}

#define SOFTMAX(id, ...)                                                                                       \
    static void id(const tk_args *a) {                                                                         \
        for (size_t n = a->begin; n < a->end; n++)                                                             \
            softmax_row(a, n, (softmax_rules){__VA_ARGS__});                                                   \
    }                                                                                                          \
    WRONG_KERNEL(id##_k, "softmax", NULL, id)

SOFTMAX(softmax_right, .e = f32_exp);
SOFTMAX(softmax_no_maximum, .e = f32_exp, .no_maximum = true);
SOFTMAX(softmax_short_maximum, .e = f32_exp, .short_maximum = true);
SOFTMAX(softmax_reciprocal, .e = f32_exp, .reciprocal = true);
SOFTMAX(softmax_library_exp, .e = expf);
SOFTMAX(softmax_hides_nan, .e = f32_exp, .hide_nan = true);

/* ---- attention ------------------------------------------------------------------------------------------- */
typedef struct attention_rules {
    bool sees_next, sees_all, no_root, own_blocks, keeps_old, first_head;
} attention_rules;

static void attention_token(const tk_args *a, size_t t, attention_rules r) {
    const size_t heads = a->shape.m, dim = a->shape.k, last = a->shape.g - a->shape.n + t;
    const size_t own = last + 1, next = own < a->shape.g ? own + 1 : own;
    const size_t seen = r.sees_all ? a->shape.g : r.sees_next ? next : own;
    attention_state s;
    attention_start(&s, a, t);
    for (size_t at = 0, keys; at < seen; at += keys) {
        keys = seen - at < ATTENTION_KEYS ? seen - at : ATTENTION_KEYS;
        if (r.own_blocks && !at && seen % ATTENTION_KEYS) /* the short block first */
            keys = seen % ATTENTION_KEYS;
        scores(&s, a, NULL, (const float *)a->x + t * heads * dim, at, keys);
        for (size_t h = 1; h < heads && r.first_head; h++)
            memcpy(s.p[h], s.p[0], sizeof s.p[0]);
        for (size_t h = 0; h < heads; h++) {
            float *p = s.p[h], max = s.max[h];
            for (size_t j = 0; j < keys; j++) {
                p[j] = r.no_root ? p[j] * sqrtf((float)dim) : p[j];
                max = p[j] > max ? p[j] : max;
            }
            const float down = attention_exp(s.max[h] - max);
            s.c[h] = r.keeps_old && at ? 1 : down;
            s.sum[h] = s.sum[h] * down + weights(p, keys, max);
            s.max[h] = max;
        }
        values(&s, a, NULL, at, keys);
    }
    attention_end(&s, a);
}

#define ATTENTION(id, ...)                                                                                     \
    static void id(const tk_args *a) {                                                                         \
        for (size_t t = a->begin; t < a->end; t++)                                                             \
            attention_token(a, t, (attention_rules){__VA_ARGS__});                                             \
    }                                                                                                          \
    WRONG_KERNEL(id##_k, "attention_f16", NULL, id)

ATTENTION(attention_right, .sees_next = false);
ATTENTION(attention_sees_next, .sees_next = true);
ATTENTION(attention_sees_all, .sees_all = true);
ATTENTION(attention_no_root, .no_root = true);
ATTENTION(attention_own_blocks, .own_blocks = true);
ATTENTION(attention_keeps_old, .keeps_old = true);
ATTENTION(attention_first_head, .first_head = true);

/* Over int8: sums of integers, so what can go wrong is what is rounded, and with which step. */
typedef struct i8_rules {
    bool truncates, twelve_bits, step_of_all, scale_after, first_scales;
} i8_rules;

static float rounded(int32_t *i, const float *x, size_t n, i8_rules r) {
    i16_scale s = i16_scale_of(f32_top_bits(x, n));
    if (r.twelve_bits)
        s = (i16_scale){s.step * 16, s.inverse / 16};
    for (size_t d = 0; d < n; d++)
        i[d] = r.truncates ? (int32_t)(x[d] * s.inverse) : i16_round(x[d], s.inverse);
    return s.step;
}

static void i8_head(const tk_args *a, size_t t, size_t h, i8_rules r) {
    const size_t dim = a->shape.k, seen = attention_seen(a, t), at_h = (t * a->shape.m + h) * dim;
    const float *scales = a->x3;
    float *y = (float *)a->y + at_h, max = -INFINITY, total = 0, p[ATTENTION_KEYS];
    int32_t q[ATTENTION_DIM], w[ATTENTION_KEYS];
    const float step = rounded(q, (const float *)a->x + at_h, dim, r) * (1.0f / sqrtf((float)dim));
    memset(y, 0, dim * sizeof *y);
    for (size_t at = 0, keys; at < seen; at += keys) {
        keys = seen - at < ATTENTION_KEYS ? seen - at : ATTENTION_KEYS;
        const float *scale = scales + (r.first_scales ? 0 : 2 * at);
        for (size_t j = 0; j < keys; j++) {
            int32_t sum = 0;
            for (size_t d = 0; d < dim; d++)
                sum += q[d] * ((const int8_t *)a->w)[(at + j) * dim + d];
            p[j] = i8_score(sum, scale[2 * j], step);
        }
        const float top = highest(p, keys, max), c = attention_exp(max - top);
        total = total * c + weights(p, keys, top);
        max = top;
        for (size_t j = 0; j < keys; j++)
            p[j] *= r.scale_after ? 1 : scale[2 * j + 1];
        float w_step = rounded(w, p, keys, r);
        if (r.step_of_all) { /* weights are at most 1: a step for all blocks */
            w_step = 1.0f / 32767;
            for (size_t j = 0; j < keys; j++)
                w[j] = i16_round(p[j], 32767);
        }
        for (size_t d = 0; d < dim; d++) {
            int32_t sum = 0;
            for (size_t j = 0; j < keys; j++)
                sum += w[j] * ((const int8_t *)a->x2)[(at + j) * dim + d];
            y[d] = y[d] * c + (float)sum * (r.scale_after ? w_step * scale[1] : w_step);
        }
    }
    finish(y, total, dim);
}

#define ATTENTION_I8(id, ...)                                                                                  \
    static void id(const tk_args *a) {                                                                         \
        for (size_t t = a->begin; t < a->end; t++)                                                             \
            for (size_t h = 0; h < a->shape.m; h++)                                                            \
                i8_head(a, t, h, (i8_rules){__VA_ARGS__});                                                     \
    }                                                                                                          \
    WRONG_KERNEL(id##_k, "attention_i8", NULL, id)

ATTENTION_I8(attention_i8_right, .truncates = false);
ATTENTION_I8(attention_i8_truncates, .truncates = true);
ATTENTION_I8(attention_i8_twelve_bits, .twelve_bits = true);
ATTENTION_I8(attention_i8_step_of_all, .step_of_all = true);
ATTENTION_I8(attention_i8_scale_after, .scale_after = true);
ATTENTION_I8(attention_i8_first_scales, .first_scales = true);

/* ---- heads ----------------------------------------------------------------------------------------------- */
typedef struct head_rules {
    order how;
    bool flush, first_scale, first_token;
} head_rules;

static float q8_0_weight(const uint8_t *row, size_t k, head_rules r) {
    const uint8_t *block = row + k / 32 * 34;
    uint16_t d;
    memcpy(&d, r.first_scale ? row : block, 2);
    return f16_to_f32(d) * (float)(int8_t)block[2 + k % 32];
}

static float f16_weight(const uint8_t *row, size_t k, head_rules r) {
    uint16_t h;
    memcpy(&h, row + 2 * k, 2);
    return r.flush && !(h & 0x7c00) ? 0 : f16_to_f32(h);
}

/* y[n][m] for all rows and tokens of the part, 32 columns at a time. */
static void head(const tk_args *a, size_t row_bytes, float (*weight)(const uint8_t *, size_t, head_rules),
                 head_rules r) {
    const size_t k = a->shape.k;
    for (size_t m = a->begin; m < a->end; m++)
        for (size_t n = 0; n < a->shape.n; n++) {
            const float *x = (const float *)a->x + (r.first_token ? 0 : n) * k;
            float lane[F32_LANES] = {0}, chain = 0;
            for (size_t i = 0; i < k; i++) {
                float *to = r.how == ONE_CHAIN ? &chain : &lane[i % F32_LANES];
                const float w = weight((const uint8_t *)a->w + m * row_bytes, i, r);
                *to = r.how == FUSED ? fmaf(w, x[i], *to) : *to + w * x[i];
            }
            ((float *)a->y)[n * a->shape.m + m] = r.how == ONE_CHAIN ? chain : f32_tree(lane);
        }
}

#define HEAD(id, op, bytes, weight, ...)                                                                       \
    static void id(const tk_args *a) {                                                                         \
        head(a, bytes, weight, (head_rules){__VA_ARGS__});                                                     \
    }                                                                                                          \
    WRONG_KERNEL(id##_k, op, NULL, id)

HEAD(head_right, "head_f16", 2 * a->shape.k, f16_weight, .how = LANES);
HEAD(head_right_q8_0, "head_q8_0", a->shape.k / 32 * 34, q8_0_weight, .how = LANES);
HEAD(head_one_chain, "head_f16", 2 * a->shape.k, f16_weight, .how = ONE_CHAIN);
HEAD(head_fused, "head_f16", 2 * a->shape.k, f16_weight, .how = FUSED);
HEAD(head_flushed, "head_f16", 2 * a->shape.k, f16_weight, .flush = true);
HEAD(head_first_token, "head_f16", 2 * a->shape.k, f16_weight, .first_token = true);
HEAD(head_first_scale, "head_q8_0", a->shape.k / 32 * 34, q8_0_weight, .first_scale = true);

const tl_wrong tl_wrong_floats[] = {
    {"norm_right", &norm_right_k, NULL, TL_PASSED, NULL, "nothing: the body of those below"},
    {"softmax_right", &softmax_right_k, NULL, TL_PASSED, NULL, "nothing: the body of those below"},
    {"attention_right", &attention_right_k, NULL, TL_PASSED, NULL, "nothing: the body of those below"},
    {"attention_i8_right", &attention_i8_right_k, NULL, TL_PASSED, NULL, "nothing: the body of those below"},
    {"head_right", &head_right_k, NULL, TL_PASSED, NULL, "nothing: the body of those below"},
    {"head_right_q8_0", &head_right_q8_0_k, NULL, TL_PASSED, NULL, "nothing: the body of those below"},
    {"norm_one_chain", &norm_one_chain_k, NULL, TL_VALUE, NULL, "squares added in one chain, not in 16 lanes"},
    {"norm_fused", &norm_fused_k, NULL, TL_VALUE, NULL, "squares by fused multiply-add"},
    {"norm_no_eps", &norm_no_eps_k, NULL, TL_VALUE, "zeros", "eps left out: a zero token divides by zero"},
    {"norm_centred", &norm_centred_k, NULL, TL_VALUE, NULL, "the mean taken off first: LayerNorm"},
    {"norm_weight_first", &norm_weight_first_k, NULL, TL_VALUE, NULL,
     "the weight before the scale: another rounding"},
    {"norm_hides_nan", &norm_hides_nan_k, NULL, TL_VALUE, "nan", "a NaN taken as zero"},
    {"softmax_no_maximum", &softmax_no_maximum_k, NULL, TL_VALUE, "huge", "e^x without the maximum taken off"},
    {"softmax_short_maximum", &softmax_short_maximum_k, NULL, TL_VALUE, NULL,
     "the maximum of whole vectors only"},
    {"softmax_reciprocal", &softmax_reciprocal_k, NULL, TL_VALUE, NULL, "times 1/sum for divided by the sum"},
    {"softmax_library_exp", &softmax_library_exp_k, NULL, TL_VALUE, NULL, "the C library's e^x"},
    {"softmax_hides_nan", &softmax_hides_nan_k, NULL, TL_VALUE, "nan", "a NaN taken as weight zero"},
    {"attention_sees_next", &attention_sees_next_k, NULL, TL_VALUE, NULL, "the causal mask off by one"},
    {"attention_sees_all", &attention_sees_all_k, NULL, TL_VALUE, NULL, "no causal mask"},
    {"attention_no_root", &attention_no_root_k, NULL, TL_VALUE, NULL, "scores not divided by sqrt(dim)"},
    {"attention_own_blocks", &attention_own_blocks_k, NULL, TL_VALUE, NULL,
     "blocks of keys cut from a token's own end"},
    {"attention_keeps_old", &attention_keeps_old_k, NULL, TL_VALUE, NULL,
     "older blocks not scaled down when the maximum rises"},
    {"attention_first_head", &attention_first_head_k, NULL, TL_VALUE, NULL,
     "the first head's scores for all heads"},
    {"attention_i8_truncates", &attention_i8_truncates_k, NULL, TL_VALUE, NULL, "16 bits cut off, not rounded"},
    {"attention_i8_twelve_bits", &attention_i8_twelve_bits_k, NULL, TL_VALUE, NULL,
     "q and weights rounded to 12 bits"},
    {"attention_i8_step_of_all", &attention_i8_step_of_all_k, NULL, TL_VALUE, NULL,
     "weights rounded with one step for all blocks"},
    {"attention_i8_scale_after", &attention_i8_scale_after_k, NULL, TL_VALUE, NULL,
     "V's scale left out of what is rounded"},
    {"attention_i8_first_scales", &attention_i8_first_scales_k, NULL, TL_VALUE, NULL,
     "the first block's scales for all blocks"},
    {"head_one_chain", &head_one_chain_k, NULL, TL_VALUE, NULL, "products added in one chain, not in 16 lanes"},
    {"head_fused", &head_fused_k, NULL, TL_VALUE, NULL, "products by fused multiply-add"},
    {"head_flushed", &head_flushed_k, NULL, TL_VALUE, "denormals", "F16 denormals taken as zero"},
    {"head_first_token", &head_first_token_k, NULL, TL_VALUE, NULL, "every token computed from the first"},
    {"head_first_scale", &head_first_scale_k, NULL, TL_VALUE, NULL, "a row's first scale for all its blocks"},
    {0}};
