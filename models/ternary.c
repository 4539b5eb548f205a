/* ternary.c: see ternary.h. */
#include "models/ternary.h"

#include "dequant/dequant.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { F32 = 0, F16 = 1, BF16 = 30 };
enum { CODES_ALIGN = 64 };

static const tk_layout *const layouts[] = {
    &tk_layout_i2s,       &tk_layout_i2s_64, &tk_layout_i2s_r4, &tk_layout_qk256,
    &tk_layout_tq1_0,     &tk_layout_tq2_0,  &tk_layout_iq1_bn, &tk_layout_iq2_bn,
    &tk_layout_iq2_bn_r4, &tk_layout_q2_0,   &tk_layout_pq2_0,  &tk_layout_ptq1_0,
    &tk_layout_stq1_0,    &tk_layout_b2x,    &tk_layout_b3,     &tk_layout_b3x4};
enum { LAYOUTS = sizeof layouts / sizeof *layouts };

const tk_layout *tm_layout_find(const char *name) {
    for (size_t i = 0; i < LAYOUTS; i++)
        if (!strcmp(layouts[i]->name, name))
            return layouts[i];
    return NULL;
}

bool tm_i2s_order_of(const char *word, tm_i2s_order *order) {
    static const char *const words[] = {"128", "64", "4-row"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!strcmp(word ? word : words[0], words[i])) {
            *order = (tm_i2s_order)i;
            return true;
        }
    return false;
}

bool tm_tl_of(const char *word, tm_tl *tl) {
    *tl = (tm_tl){0};
    if (!word)
        return true;
    if (!strcmp(word, "preset")) {
        tl->from = TM_TL_PRESET;
        return true;
    }
    tk_tiling *const t = &tl->tiling;
    int end = 0;
    tl->from = TM_TL_GIVEN;
    return strspn(word, "0123456789,") == strlen(word) && strlen(word) < 24 &&
           sscanf(word, "%8" SCNu32 ",%8" SCNu32 ",%8" SCNu32 "%n", &t->bm_tile, &t->by_tile, &t->bm, &end) ==
               3 &&
           !word[end];
}

/* The layout of the type's codes; NULL: none that kernels run on. */
static const tk_layout *layout_of(uint32_t type, tm_reading reading) {
    switch (type) {
    case TM_I2_S:
        return reading.i2s_order == TM_I2S_64      ? &tk_layout_i2s_64
               : reading.i2s_order == TM_I2S_4_ROW ? &tk_layout_i2s_r4
                                                   : &tk_layout_i2s;
    case TM_TQ1_0:
        return &tk_layout_tq1_0;
    case TM_TQ2_0:
        return &tk_layout_tq2_0;
    case TM_Q2_0:
        return &tk_layout_q2_0;
    case TM_PQ2_0:
        return &tk_layout_pq2_0;
    case TM_PTQ1_0:
        return &tk_layout_ptq1_0;
    case TM_STQ1_0:
        return &tk_layout_stq1_0;
    case TM_IQ1_BN:
        return &tk_layout_iq1_bn;
    case TM_IQ2_BN:
        return &tk_layout_iq2_bn;
    case TM_IQ2_BN_R4:
        return &tk_layout_iq2_bn_r4;
    case TM_B2X:
        return &tk_layout_b2x;
    case TM_B3:
        return &tk_layout_b3;
    default:
        return NULL;
    }
}

bool tm_type_is_ternary(uint32_t type, bool bitnet) {
    return layout_of(type, (tm_reading){0}) || type == TM_TL1 || (type == TM_TL2 && bitnet);
}

int tm_block_scale_at(uint32_t type) {
    switch (type) {
    case TM_Q2_0:
    case TM_PQ2_0:
        return 0;
    case TM_PTQ1_0:
        return 26;
    case TM_STQ1_0:
        return 40;
    case TM_TQ1_0:
        return 52;
    case TM_TQ2_0:
        return 64;
    default:
        return -1;
    }
}

size_t tm_row_scale_at(uint32_t type, size_t i, size_t k) {
    if (type == TM_IQ2_BN_R4)
        return i / 4 * (16 + k) + i % 4 * 4;
    return type == TM_IQ1_BN ? i * (2 + k / 64 * 13) : i * (4 + k / 4);
}

const tk_layout *tm_layout_in_place(const tm_tensor *t, tm_reading reading) {
    const tk_layout *l = layout_of(t->type, reading);
    return l && !l->reject((tk_shape){t->ne[1], t->ne[0], 1, 0}) && (uintptr_t)t->data % l->align == 0 ? l
                                                                                                       : NULL;
}

void *tm_pages(size_t n, bool large) {
    void *p = mmap(NULL, n ? n : 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        return NULL;
    if (large)
        madvise(p, n, MADV_HUGEPAGE);
    return p;
}

void *tm_copy_to_pages(const void *from, size_t n) {
    void *p = tm_pages(n, true);
    if (p)
        memcpy(p, from, n);
    return p;
}

void tm_pages_free(void *p, size_t n) {
    if (p)
        munmap(p, n ? n : 1);
}

size_t tm_memory_there(void) {
    size_t bytes = (size_t)sysconf(_SC_AVPHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE);
    char line[128];
    unsigned long long kib;
    FILE *f = fopen("/proc/meminfo", "r"); /* MemAvailable counts the page cache, which gives way */
    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "MemAvailable: %llu kB", &kib) == 1)
            bytes = (size_t)kib * 1024;
    if (f)
        fclose(f);
    return bytes;
}

/* A row of zeros has any scale: it takes that of the others. */
#define ANY_SCALE NAN
static void settle_any(float *scales, size_t m) {
    float known = 1;
    for (size_t i = 0; i < m; i++)
        if (!isnan(scales[i])) {
            known = scales[i];
            break;
        }
    for (size_t i = 0; i < m; i++)
        scales[i] = isnan(scales[i]) ? known : scales[i];
}

/* ---- values ---------------------------------------------------------------------------------------------- */
static bool bad(const tm_gguf *g, const tm_tensor *t, size_t row, const char *expected, const char *found,
                tm_error *err) {
    char name[65];
    return tm_fail(err, "%s: tensor \"%s\", row %zu: %s was expected, found %s", g->path,
                   tm_printable(name, sizeof name, t->name), row, expected, found);
}

/* A row of floats whose values are -s, 0 and +s for one s. */
static bool split_row(const float *x, size_t k, int8_t *w, float *scale) {
    float s = 0;
    for (size_t i = 0; i < k && s == 0; i++)
        s = fabsf(x[i]);
    for (size_t i = 0; i < k; i++) {
        if (!(x[i] == 0 || fabsf(x[i]) == s))
            return false;
        w[i] = (int8_t)((x[i] > 0) - (x[i] < 0));
    }
    *scale = s > 0 ? s : ANY_SCALE;
    return isfinite(s);
}

static bool in_place_scales(const tm_gguf *g, const tm_tensor *t, float *scales, tm_error *err);

/* Every value is -1, 0 or +1; else the row is named. */
static bool all_ternary(const tm_gguf *g, const tm_tensor *t, const int8_t *w, tm_error *err) {
    const size_t m = t->ne[1], k = t->ne[0];
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < k; j++)
            if (w[i * k + j] < -1 || w[i * k + j] > 1)
                return bad(g, t, i, "values of -1, 0 and +1", "a code that is none of them", err);
    return true;
}

/* Types whose rows do not stand by themselves. Panels (B2X, B3, IQ2_BN_R4, I2_S by four rows) unpack as a
 * whole, I2_S otherwise is one stream of groups. */
static bool whole_tensor(const tm_gguf *g, const tm_tensor *t, tm_reading reading, int8_t *w, float *scales,
                         tm_error *err) {
    const size_t m = t->ne[1], k = t->ne[0];
    const tk_layout *l = layout_of(t->type, reading);
    const bool stream = t->type == TM_I2_S && l != &tk_layout_i2s_r4;
    const tk_shape shape = stream ? (tk_shape){1, m * k, 1, 0} : (tk_shape){m, k, 1, 0};
    if (l->reject(shape))
        return bad(g, t, 0, "a shape that its order holds", l->reject(shape), err);
    if (!in_place_scales(g, t, scales, err))
        return false;
    l->unpack(w, t->data, shape);
    return all_ternary(g, t, w, err);
}

static bool tl_values(const tm_gguf *g, const tm_tensor *t, tm_tl tl, int8_t *w, float *scales, tm_error *err) {
    const tk_shape shape = {t->ne[1], t->ne[0], 1, 0};
    const bool tl2 = t->type == TM_TL2;
    const tk_tiling tiling = tl.from == TM_TL_PRESET ? tk_tl_preset(shape, tl2) : tl.tiling;
    if (tl.from == TM_TL_UNKNOWN)
        return bad(g, t, 0, "--tl BM,BY,bm or --tl preset (no TL file says how it is tiled)", "neither", err);
    if (!tiling.bm)
        return bad(g, t, 0, "a shape of bitnet.cpp's presets, or --tl BM,BY,bm", "another shape", err);
    const char *why = tk_tl_misfit(shape, tiling, tl2);
    /* The file has room for 256 columns of pairs, however it is tiled. */
    if (!why && tl2 && tk_tl2_split(shape, tiling).end > tm_tensor_scale_at(t->type, true, t->ne))
        why = "tiles that leave more columns of pairs than the tensor has room for";
    if (why)
        return bad(g, t, 0, "--tl BM,BY,bm that fits the shape", why, err);
    if (!in_place_scales(g, t, scales, err))
        return false;
    (tl2 ? tk_tl2_unpack : tk_tl1_unpack)(w, t->data, shape, tiling);
    return all_ternary(g, t, w, err);
}

bool tm_ternary_values(const tm_gguf *g, const tm_tensor *t, tm_reading reading, int8_t *w, float *scales,
                       tm_error *err) {
    const size_t m = t->ne[1], k = t->ne[0];
    if (t->type == TM_I2_S || t->type == TM_B2X || t->type == TM_B3 || t->type == TM_IQ2_BN_R4)
        return whole_tensor(g, t, reading, w, scales, err);
    if (t->type == TM_TL1 || (t->type == TM_TL2 && tm_gguf_is_bitnet(g)))
        return tl_values(g, t, reading.tl, w, scales, err);
    const tk_type *type = tk_type_find(t->type);
    if (!type || !(t->type == F32 || t->type == F16 || t->type == BF16 ||
                   tm_type_is_ternary(t->type, tm_gguf_is_bitnet(g)))) {
        char name[65];
        return tm_fail(err, "%s: tensor \"%s\": ternary weights were expected, found type %s", g->path,
                       tm_printable(name, sizeof name, t->name),
                       tm_tensor_type_name(t->type, tm_gguf_is_bitnet(g)));
    }
    float *row = malloc(k * sizeof *row);
    bool good = row != NULL;
    if (!good)
        tm_fail(err, "%s: no memory", g->path);
    for (size_t i = 0; i < m && good; i++) {
        tk_dequant_row(row, type, t->data + i * tk_type_row_bytes(type, k), k, 1);
        good = split_row(row, k, w + i * k, &scales[i]) ||
               bad(g, t, i, "values of -s, 0 and +s for one finite s", "others", err);
    }
    free(row);
    settle_any(scales, good ? m : 0);
    return good;
}

/* ---- loading --------------------------------------------------------------------------------------------- */
/* Zero times any code is zero, but a kernel multiplies codes: they must be zeros themselves. */
static bool block_of_zeros(const tk_type *type, const uint8_t *block, size_t scale_at) {
    uint8_t copy[256];
    float v[256];
    memcpy(copy, block, type->bytes);
    copy[scale_at] = 0;
    copy[scale_at + 1] = 0x3c; /* F16 1.0 */
    type->block(v, copy);
    for (size_t i = 0; i < type->weights; i++)
        if (v[i] != 0)
            return false;
    return true;
}

/* The scale of each row of a type of blocks without looking at the weights: the F16 of its blocks, which must
 * agree; a block of scale 0 holds zeros. */
static bool block_scales(const tm_gguf *g, const tm_tensor *t, float *scales, tm_error *err) {
    const tk_type *type = tk_type_find(t->type);
    const size_t at = (size_t)tm_block_scale_at(t->type);
    const size_t row = tk_type_row_bytes(type, t->ne[0]);
    for (size_t i = 0; i < t->ne[1]; i++) {
        uint16_t first = 0, d;
        for (size_t b = 0; b < row; b += type->bytes) {
            memcpy(&d, t->data + i * row + b + at, 2);
            if ((d & 0x7fff) >= 0x7c00)
                return bad(g, t, i, "finite scales", "another", err);
            if (d & 0x7fff && first && d != first)
                return bad(g, t, i, "the same scale in every block (int8 x ternary has one a row)",
                           "unequal ones", err);
            if (!(d & 0x7fff) && !block_of_zeros(type, t->data + i * row + b, at))
                return bad(g, t, i, "zeros in a block of scale 0", "other codes", err);
            first = d & 0x7fff ? d : first;
        }
        scales[i] = ANY_SCALE;
        if (first)
            tk_dequant_row(&scales[i], tk_type_find(F16), &first, 1, 1);
    }
    settle_any(scales, t->ne[1]);
    return true;
}

static bool in_place_scales(const tm_gguf *g, const tm_tensor *t, float *scales, tm_error *err) {
    const uint64_t at = tm_tensor_scale_at(t->type, tm_gguf_is_bitnet(g), t->ne);
    if (tm_block_scale_at(t->type) >= 0)
        return block_scales(g, t, scales, err);
    for (size_t i = 0; i < t->ne[1]; i++) {
        const uint8_t *from = t->data + (at ? at : tm_row_scale_at(t->type, i, t->ne[0]));
        tk_dequant_row(&scales[i], tk_type_find(t->type == TM_IQ1_BN ? F16 : F32), from, 1, 1);
        if (!isfinite(scales[i]))
            return bad(g, t, i, "a finite scale", "another", err);
    }
    return true;
}

/* `<name without .weight>.scale`, one element, multiplies (1bitLLM's files). */
static bool extra_scale(const tm_gguf *g, const char *name, float *scale, tm_error *err) {
    char other[80];
    const size_t stem = strlen(name) > 7 ? strlen(name) - 7 : 0;
    snprintf(other, sizeof other, "%.*s.scale", (int)stem, name);
    const tm_tensor *t = tm_gguf_tensor(g, other);
    *scale = 1;
    if (!t)
        return true;
    if (t->type != F32 || t->ne[0] * t->ne[1] * t->ne[2] * t->ne[3] != 1 || !t->data)
        return tm_fail(err, "%s: tensor \"%s\": one F32 number was expected, found something else", g->path,
                       other);
    memcpy(scale, t->data, 4);
    return isfinite(*scale) ||
           tm_fail(err, "%s: tensor \"%s\": a finite number was expected, found another", g->path, other);
}

static bool repack(tm_matrix *x, const tm_gguf *g, const tm_tensor *t, tm_reading reading, float *scales,
                   tm_error *err) {
    const tk_shape shape = {x->m, x->k, 1, 0};
    const char *why = x->layout->reject(shape);
    if (why)
        return tm_fail(err, "%s: tensor \"%s\": a shape that %s holds was expected, found that %s", g->path,
                       x->name, x->layout->name, why);
    int8_t *w = malloc(x->m * x->k);
    x->owned_bytes = x->layout->size(shape);
    x->owned = tm_pages(x->owned_bytes, true);
    bool good =
        (w && x->owned) || tm_fail(err, "%s: memory to repack %s was expected, found none", g->path, x->name);
    good = good && tm_ternary_values(g, t, reading, w, scales, err);
    if (good)
        good = x->layout->pack(x->owned, w, shape) ||
               tm_fail(err, "%s: tensor \"%s\": weights that %s holds were expected, found %s", g->path,
                       x->name, x->layout->name, x->layout->refuses ? x->layout->refuses : "others");
    free(w);
    x->w = x->owned;
    return good;
}

static bool move(tm_matrix *x, const tm_gguf *g, tm_error *err) {
    x->owned_bytes = x->layout->size((tk_shape){x->m, x->k, 1, 0});
    x->owned = tm_copy_to_pages(x->w, x->owned_bytes);
    x->w = x->owned;
    return x->owned || tm_fail(err, "%s: memory for a copy of %s was expected, found none", g->path, x->name);
}

/* Scales to one number where they are one. */
static void settle_scales(tm_matrix *x, float *scales, float extra) {
    bool same = true;
    for (size_t i = 0; i < x->m; i++) {
        same = same && scales[i] == scales[0];
        scales[i] *= extra;
    }
    x->scale = scales[0];
    x->row_scale = same ? NULL : scales;
    if (same)
        free(scales);
}

bool tm_matrix_load(tm_matrix *x, const tm_gguf *g, const char *name, size_t m, size_t k,
                    const tk_layout *layout, tm_reading reading, tm_error *err) {
    const tm_tensor *t = tm_gguf_tensor(g, name);
    *x = (tm_matrix){.m = m, .k = k};
    snprintf(x->name, sizeof x->name, "%s", name);
    if (!t)
        return tm_fail(err, "%s: tensor \"%s\" was expected, found none", g->path, name);
    if (t->ne[0] != k || t->ne[1] != m || t->ne[2] * t->ne[3] != 1)
        return tm_fail(err, "%s: tensor \"%s\": %zux%zu was expected, found %llux%llu", g->path, name, m, k,
                       (unsigned long long)t->ne[1], (unsigned long long)t->ne[0]);
    if (!t->data)
        return tm_fail(err, "%s: tensor \"%s\": readable weights were expected, found %s", g->path, name,
                       t->why);
    const tk_layout *here = tm_layout_in_place(t, reading);
    x->layout = layout ? layout : here ? here : &tk_layout_b2x;
    float extra, *scales = malloc(m * sizeof *scales);
    bool good = scales || tm_fail(err, "%s: no memory", g->path);
    good = good && extra_scale(g, name, &extra, err);
    if (good && x->layout == here) {
        x->w = t->data;
        good = in_place_scales(g, t, scales, err) && (!reading.large_pages || move(x, g, err));
    } else if (good)
        good = repack(x, g, t, reading, scales, err);
    if (good)
        settle_scales(x, scales, extra);
    else {
        free(scales);
        tm_matrix_free(x);
    }
    return good;
}

void tm_matrix_free(tm_matrix *x) {
    free(x->row_scale);
    free(x->lora);
    tm_pages_free(x->owned, x->owned_bytes);
    *x = (tm_matrix){0};
}
