/* encode.c: see encode.h. Layouts of kernels/layouts/ write the codes, this adds scales. */
#include "models/encode.h"

#include "dequant/dequant.h"
#include "f32/f16.h"
#include "kernel.h"
#include "models/ternary.h"
#include <math.h>
#include <strings.h>

enum { F32 = 0, F16 = 1, Q8_0 = 8, Q6_K = 14, BF16 = 30 };

static const struct {
    const char *name;
    uint32_t type;
    const tk_layout *layout; /* of its codes */
} types[] = {{"i2_s", TM_I2_S, &tk_layout_i2s},
             {"tq1_0", TM_TQ1_0, &tk_layout_tq1_0},
             {"tq2_0", TM_TQ2_0, &tk_layout_tq2_0},
             {"q2_0", TM_Q2_0, &tk_layout_q2_0},
             {"pq2_0", TM_PQ2_0, &tk_layout_pq2_0},
             {"ptq1_0", TM_PTQ1_0, &tk_layout_ptq1_0},
             {"stq1_0", TM_STQ1_0, &tk_layout_stq1_0},
             {"iq1_bn", TM_IQ1_BN, &tk_layout_iq1_bn},
             {"iq2_bn", TM_IQ2_BN, &tk_layout_iq2_bn},
             {"iq2_bn_r4", TM_IQ2_BN_R4, &tk_layout_iq2_bn_r4},
             {"tl1", TM_TL1, &tk_layout_tl1},
             {"tl2", TM_TL2, &tk_layout_tl2},
             {"b2x", TM_B2X, &tk_layout_b2x},
             {"b3", TM_B3, &tk_layout_b3},
             {"f32", F32, NULL},
             {"f16", F16, NULL},
             {"bf16", BF16, NULL},
             {"q8_0", Q8_0, NULL},
             {"q6_k", Q6_K, NULL}};
enum { TYPES = sizeof types / sizeof *types };

bool tm_type_of_name(const char *name, uint32_t *type) {
    for (size_t i = 0; i < TYPES; i++)
        if (!strcasecmp(name, types[i].name) || (types[i].type == TM_I2_S && !strcasecmp(name, "i2s"))) {
            *type = types[i].type;
            return true;
        }
    return false;
}

bool tm_weights_of_name(const char *name, uint32_t *type) {
    return tm_type_of_name(name, type) && *type != Q8_0 && *type != Q6_K;
}

bool tm_head_of_name(const char *name, uint32_t *type) {
    return tm_type_of_name(name, type) && !tm_type_layout(*type);
}

static void put16(uint8_t *to, uint16_t v) {
    to[0] = (uint8_t)v;
    to[1] = (uint8_t)(v >> 8);
}

const tk_layout *tm_type_layout(uint32_t type) {
    for (size_t i = 0; i < TYPES; i++)
        if (types[i].type == type)
            return types[i].layout;
    return NULL;
}

bool tm_put_file_type(tm_writer *w, uint32_t type) {
    static const uint32_t known[][2] = {{F32, 0},         {F16, 1},         {BF16, 32},         {TM_TQ1_0, 36},
                                        {TM_TQ2_0, 37},   {TM_TL1, 38},     {TM_TL2, 39},       {TM_I2_S, 40},
                                        {TM_IQ1_BN, 136}, {TM_IQ2_BN, 137}, {TM_IQ2_BN_R4, 337}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i][0] == type)
            return tm_put_u32(w, "general.file_type", known[i][1]);
    return true;
}

const char *tm_type_misfit(uint32_t type, bool bitnet) {
    return type == TM_TL2 && !bitnet ? "39 is TL2 in files of bitnet architectures, MXFP4 in others" : NULL;
}

bool tm_type_rounds_scale(uint32_t type) {
    return tm_block_scale_at(type) >= 0 || type == TM_IQ1_BN || type == F16 || type == BF16;
}

/* Can the type hold this scale? One for all rows: F32 behind the tensor; an F16 in each block or row. */
static bool holds(uint32_t type, float scale) {
    if (type == BF16)
        return bf16_to_f32(bf16_from_f32(scale)) == scale;
    return !tm_type_rounds_scale(type) || f16_to_f32(f16_from_f32(scale)) == scale;
}

/* Row i of a matrix of floats: -s, 0 and +s. */
static void float_row(uint8_t *row, uint32_t type, float scale, const int8_t *w, size_t k) {
    for (size_t i = 0; i < k; i++) {
        const float x = w[i] ? (float)w[i] * scale : 0;
        if (type == F32)
            memcpy(row + 4 * i, &x, 4);
        else
            put16(row + 2 * i, type == F16 ? f16_from_f32(x) : bf16_from_f32(x));
    }
}

/* The scale of row i: its own, or that of each of its blocks. */
static void row_scale(uint8_t *out, uint32_t type, float scale, size_t i, size_t k) {
    const int at = tm_block_scale_at(type);
    if (at < 0) {
        if (type == TM_IQ1_BN)
            put16(out + tm_row_scale_at(type, i, k), f16_from_f32(scale));
        else
            memcpy(out + tm_row_scale_at(type, i, k), &scale, 4);
        return;
    }
    const tk_type *t = tk_type_find(type);
    const size_t bytes = tk_type_row_bytes(t, k);
    for (size_t b = 0; b < bytes; b += t->bytes)
        put16(out + i * bytes + b + (size_t)at, f16_from_f32(scale));
}

const char *tm_encode_ternary(uint8_t *out, uint32_t type, const int8_t *w, const float *scales, size_t m,
                              size_t k, float *factor) {
    const uint64_t ne[4] = {k, m, 1, 1}, at = tm_tensor_scale_at(type, true, ne);
    const tk_layout *layout = tm_type_layout(type);
    bool same = true, fits = true;
    uint64_t bytes;
    const char *why = tm_tensor_bytes(type, true, ne, &bytes);
    if (!why && !layout && type != F32 && type != F16 && type != BF16)
        why = "a type that ternary weights are not written in";
    why = !why && layout ? layout->reject((tk_shape){m, k, 1, 0}) : why;
    if (!why && (type == TM_TL1 || type == TM_TL2) && !tk_tl_preset((tk_shape){m, k, 1, 0}, type == TM_TL2).bm)
        why = "bitnet.cpp has no preset of tiles for this shape";
    if (why)
        return why;
    for (size_t i = 0; i < m; i++) {
        same = same && scales[i] == scales[0];
        fits = fits && holds(type, scales[i]);
    }
    if (at && !same)
        return "the rows have scales of their own, the type has one for all";
    if (!fits && !same)
        return "rows have scales of their own that the type rounds";
    *factor = fits ? 1 : scales[0];
    memset(out, 0, bytes);
    if (layout && !layout->pack(out, w, (tk_shape){m, k, 1, 0}))
        return layout->refuses ? layout->refuses : "a value that is not -1, 0 or +1";
    for (size_t i = 0; i < m && !at; i++)
        if (layout)
            row_scale(out, type, fits ? scales[i] : 1, i, k);
        else
            float_row(out + i * (size_t)(bytes / m), type, fits ? scales[i] : 1, w + i * k, k);
    const float all = fits ? scales[0] : 1;
    if (at)
        memcpy(out + at, &all, 4);
    return NULL;
}

static void q8_0_block(uint8_t *out, const float *x) {
    float top = 0;
    for (size_t i = 0; i < 32; i++)
        top = fabsf(x[i]) > top ? fabsf(x[i]) : top;
    const float d = top / 127, inverse = d > 0 ? 1 / d : 0;
    put16(out, f16_from_f32(d));
    for (size_t i = 0; i < 32; i++)
        out[2 + i] = (uint8_t)(int8_t)roundf(x[i] * inverse);
}

static int clamp(float v, int low, int high) {
    const float r = nearbyintf(v);
    return r < (float)low ? low : r > (float)high ? high : (int)r;
}

/* Each 16 weights get a scale that sends their largest one, with its sign, to -32; the scales become int8
 * multiples of d. */
static void q6_k_block(uint8_t *out, const float *x) {
    float scale[16], top = 0;
    for (size_t s = 0; s < 16; s++) {
        float most = 0;
        for (size_t i = 0; i < 16; i++)
            most = fabsf(x[16 * s + i]) > fabsf(most) ? x[16 * s + i] : most;
        scale[s] = most / -32;
        top = fabsf(scale[s]) > fabsf(top) ? scale[s] : top;
    }
    memset(out, 0, 210);
    const uint16_t half = f16_from_f32(top / -128);
    const float d = f16_to_f32(half);
    put16(out + 208, half);
    for (size_t s = 0; s < 16; s++) {
        const int q = d != 0 ? clamp(scale[s] / d, -128, 127) : 0;
        const float step = d * (float)q;
        out[192 + s] = (uint8_t)(int8_t)q;
        for (size_t i = 16 * s; i < 16 * s + 16; i++) {
            const unsigned code = (unsigned)(step != 0 ? clamp(x[i] / step, -32, 31) : 0) + 32u;
            const size_t h = i / 128, g = i % 128 / 32, l = i % 32;
            out[64 * h + 32 * (g % 2) + l] |= (uint8_t)((code & 15) << 4 * (g / 2));
            out[128 + 32 * h + l] |= (uint8_t)((code >> 4 & 3) << 2 * g);
        }
    }
}

const char *tm_encode_floats(uint8_t *out, uint32_t type, const float *x, size_t rows, size_t k) {
    if ((type == Q8_0 && k % 32) || (type == Q6_K && k % 256))
        return "K is no multiple of the type's block";
    for (size_t i = 0; i < rows * k;)
        switch (type) {
        case F32:
            memcpy(out + 4 * i, x + i, 4);
            i++;
            break;
        case F16:
            put16(out + 2 * i, f16_from_f32(x[i]));
            i++;
            break;
        case BF16:
            put16(out + 2 * i, bf16_from_f32(x[i]));
            i++;
            break;
        case Q8_0:
            q8_0_block(out + i / 32 * 34, x + i);
            i += 32;
            break;
        case Q6_K:
            q6_k_block(out + i / 256 * 210, x + i);
            i += 256;
            break;
        default:
            return "a type that floats are not written in";
        }
    return NULL;
}
