/* lora.c: see lora.h. */
#include "models/lora.h"

#include "dequant/dequant.h"
#include <math.h>
#include <stdlib.h>

static bool is_text(const tm_gguf *g, const char *key, const char *want, tm_error *err) {
    char found[64] = "none";
    tm_str s;
    const tm_value *v = tm_gguf_find(g, key);
    if (tm_value_str(v, &s) && tm_str_is(s, want))
        return true;
    if (v)
        tm_printable(found, sizeof found, tm_value_str(v, &s) ? s : tm_str_of("another type"));
    return tm_fail(err, "%s: key \"%s\" = \"%s\" was expected (an adapter of this model), found %s", g->path,
                   key, want, found);
}

static bool read_keys(const tm_gguf *g, const tm_model *m, double *alpha, tm_error *err) {
    const tm_value *v = tm_gguf_find(g, TM_LORA_ALPHA);
    *alpha = 0;
    if (!is_text(g, "general.type", "adapter", err) || !is_text(g, TM_LORA_TYPE, "lora", err) ||
        !is_text(g, "general.architecture", m->config.arch, err))
        return false;
    if (v && (!tm_value_float(v, alpha) || !isfinite((float)*alpha)))
        return tm_fail(err, "%s: key \"%s\": a finite number was expected, found another value", g->path,
                       TM_LORA_ALPHA);
    /* One that sets in behind certain words of the prompt. */
    return !tm_gguf_find(g, "adapter.alora.invocation_tokens") ||
           tm_fail(err,
                   "%s: an adapter that is always on was expected, found an activated one (key "
                   "\"adapter.alora.invocation_tokens\")",
                   g->path);
}

/* Only what lies within the file has a rank to allocate memory for. */
static bool readable(const tm_gguf *g, const tm_tensor *t, tm_error *err) {
    char name[80];
    const tk_type *type = tk_type_find(t->type);
    const size_t bytes = type ? tk_type_row_bytes(type, t->ne[0]) : 0;
    return (t->data && bytes && t->bytes == bytes * t->ne[1]) ||
           tm_fail(err, "%s: tensor \"%s\": rows of a type that dequantises were expected, found %s", g->path,
                   tm_printable(name, sizeof name, t->name),
                   t->data ? tm_tensor_type_name(t->type, false) : t->why);
}

/* The values of a tensor as F32. */
static bool read_floats(const tm_gguf *g, const tm_tensor *t, float *out, tm_error *err) {
    char name[80];
    const tk_type *type = tk_type_find(t->type);
    const size_t k = t->ne[0], bytes = tk_type_row_bytes(type, k);
    for (size_t i = 0; i < t->ne[1]; i++)
        tk_dequant_row(out + i * k, type, t->data + i * bytes, k, 1);
    for (size_t i = 0; i < k * t->ne[1]; i++)
        if (!isfinite(out[i]))
            return tm_fail(err, "%s: tensor \"%s\", element %zu: a finite number was expected, found another",
                           g->path, tm_printable(name, sizeof name, t->name), i);
    return true;
}

/* The half of a pair; NULL: there is none. */
static const tm_tensor *half(const tm_gguf *g, const tm_matrix *x, const char *which) {
    char name[sizeof x->name + 8];
    snprintf(name, sizeof name, "%s.%s", x->name, which);
    return tm_gguf_tensor(g, name);
}

static bool read_pair(tm_matrix *x, const tm_gguf *g, double alpha, size_t *used, tm_error *err) {
    const tm_tensor *a = half(g, x, TM_LORA_A), *b = half(g, x, TM_LORA_B);
    if (!a && !b)
        return true;
    if (!a || !b)
        return tm_fail(err, "%s: tensor \"%s.%s\" was expected beside its other half, found none", g->path,
                       x->name, a ? TM_LORA_B : TM_LORA_A);
    const size_t rank = a->ne[1];
    if (a->ne[0] != x->k || b->ne[1] != x->m || b->ne[0] != rank || a->dims > 2 || b->dims > 2)
        return tm_fail(
            err,
            "%s: tensors \"%s.%s\" and \"%s\" of Rx%zu and %zuxR were expected, found %llux%llu and %llux%llu",
            g->path, x->name, TM_LORA_A, TM_LORA_B, x->k, x->m, (unsigned long long)a->ne[1],
            (unsigned long long)a->ne[0], (unsigned long long)b->ne[1], (unsigned long long)b->ne[0]);
    if (!readable(g, a, err) || !readable(g, b, err))
        return false;
    if (!(x->lora = malloc(sizeof *x->lora + rank * (x->k + x->m) * sizeof(float))))
        return tm_fail(err, "%s: memory for the adapter was expected, found none", g->path);
    float *data = (float *)(void *)(x->lora + 1);
    *x->lora = (struct tm_lora){rank, alpha != 0 ? (float)alpha / (float)rank : 1, data, data + rank * x->k};
    *used += 2;
    return read_floats(g, a, x->lora->a, err) && read_floats(g, b, x->lora->b, err);
}

/* Is this tensor one of those that read_pair takes? */
static bool belongs(const tm_model *m, const tm_gguf *g, const tm_tensor *t) {
    tm_matrix *x;
    for (size_t i = 0; i < m->config.layers; i++)
        for (size_t j = 0; (x = tm_layer_matrix(&m->layers[i], j)); j++)
            if (half(g, x, TM_LORA_A) == t || half(g, x, TM_LORA_B) == t)
                return true;
    return false;
}

static bool all_used(const tm_model *m, const tm_gguf *g, size_t used, tm_error *err) {
    char name[80] = "none";
    for (size_t i = 0; i < g->ntensors && g->ntensors != used; i++)
        if (!belongs(m, g, &g->tensors[i])) {
            tm_printable(name, sizeof name, g->tensors[i].name);
            break;
        }
    return (used && used == g->ntensors) ||
           tm_fail(err, "%s: pairs \"<projection of this model>.%s\" and \"%s\" were expected, found %s",
                   g->path, TM_LORA_A, TM_LORA_B, name);
}

bool tm_lora_read(tm_model *m, const char *path, tm_error *err) {
    tm_gguf *g = tm_gguf_open(path, false, err);
    tm_matrix *x;
    double alpha;
    size_t used = 0;
    bool good = g && read_keys(g, m, &alpha, err);
    for (size_t i = 0; good && i < m->config.layers; i++)
        for (size_t j = 0; good && (x = tm_layer_matrix(&m->layers[i], j)); j++)
            good = read_pair(x, g, alpha, &used, err);
    good = good && all_used(m, g, used, err);
    tm_gguf_close(g);
    return good;
}
