/* model.c: see model.h. */
#include "models/model.h"

#include "dequant/dequant.h"
#include "models/lora.h"
#include <math.h>
#include <stdlib.h>

enum { F32 = 0 };

static const struct {
    uint32_t type;
    const char *op, *op_a16;
} head_ops[] = {{0, "head_f32", NULL},
                {1, "head_f16", NULL},
                {30, "head_bf16", NULL},
                {8, "head_q8_0", "head_q8_0_a16"},
                {14, "head_q6_k", "head_q6_k_a16"}};

typedef struct loader {
    tm_model *m;
    const tm_model_options *options;
    const tk_layout *layout;
    bool *taken; /* of each tensor of the file */
    tm_error *err;
} loader;

static const tm_tensor *take(const loader *l, const char *name) {
    const tm_tensor *t = tm_gguf_tensor(l->m->file, name);
    if (t)
        l->taken[t - l->m->file->tensors] = true;
    return t;
}

/* A tensor that nobody takes (a bias, a norm elsewhere, a layer too many) is part of another model. */
static bool all_taken(const loader *l) {
    const tm_gguf *g = l->m->file;
    char name[65];
    for (size_t i = 0; i < g->ntensors; i++)
        if (!l->taken[i])
            return tm_fail(l->err, "%s: tensors of %s with %u layers were expected, found \"%s\"", g->path,
                           l->m->config.arch, l->m->config.layers,
                           tm_printable(name, sizeof name, g->tensors[i].name));
    return true;
}

static bool load_norm(const loader *l, const char *name, size_t k, const float **out) {
    const tm_gguf *g = l->m->file;
    const tm_tensor *t = take(l, name);
    if (!t || t->type != F32 || t->ne[0] != k || t->ne[1] * t->ne[2] * t->ne[3] != 1 || !t->data)
        return tm_fail(l->err, "%s: tensor \"%s\": %zu F32 numbers were expected, found %s", g->path, name, k,
                       t ? "something else" : "none");
    *out = (const float *)(const void *)t->data; /* alignment is at least 8 */
    for (size_t i = 0; i < k; i++)
        if (!isfinite((*out)[i]))
            return tm_fail(l->err,
                           "%s: tensor \"%s\", element %zu: a finite number was expected, found another",
                           g->path, name, i);
    return true;
}

static bool load_layer(const loader *l, size_t i) {
    const tm_config *c = &l->m->config;
    tm_layer *y = &l->m->layers[i];
    const size_t wide = (size_t)c->heads * c->head_dim, narrow = (size_t)c->kv_heads * c->head_dim;
    const struct {
        const char *name;
        const float **to;
        size_t k;
    } norms[] = {{"attn_norm", &y->attn_norm, c->dim},
                 {"ffn_norm", &y->ffn_norm, c->dim},
                 {"attn_sub_norm", &y->attn_sub_norm, wide},
                 {"ffn_sub_norm", &y->ffn_sub_norm, c->ffn}};
    const struct {
        const char *name;
        tm_matrix *to;
        size_t m, k;
    } matrices[] = {{"attn_q", &y->q, wide, c->dim},        {"attn_k", &y->k, narrow, c->dim},
                    {"attn_v", &y->v, narrow, c->dim},      {"attn_output", &y->o, c->dim, wide},
                    {"ffn_gate", &y->gate, c->ffn, c->dim}, {"ffn_up", &y->up, c->ffn, c->dim},
                    {"ffn_down", &y->down, c->dim, c->ffn}};
    char name[64];
    for (size_t j = 0; j < (c->sub_norms ? 4 : 2); j++) {
        snprintf(name, sizeof name, "blk.%zu.%s.weight", i, norms[j].name);
        if (!load_norm(l, name, norms[j].k, norms[j].to))
            return false;
    }
    for (size_t j = 0; j < sizeof matrices / sizeof *matrices; j++) {
        snprintf(name, sizeof name, "blk.%zu.%s.weight", i, matrices[j].name);
        if (!tm_matrix_load(matrices[j].to, l->m->file, name, matrices[j].m, matrices[j].k, l->layout,
                            l->options->reading, l->err))
            return false;
        take(l, name);
        snprintf(name, sizeof name, "blk.%zu.%s.scale", i, matrices[j].name);
        take(l, name);
    }
    return true;
}

/* A head of a type without a kernel of its own runs as F32, which holds its values exactly. */
static bool widen_head(const loader *l) {
    tm_model *m = l->m;
    const size_t rows = m->config.vocab, k = m->config.dim;
    m->head_owned_bytes = rows * k * sizeof(float);
    m->head_owned = tm_pages(m->head_owned_bytes, true);
    if (!m->head_owned)
        return tm_fail(l->err, "%s: memory for a head of F32 was expected, found none", m->file->path);
    const tk_type *type = tk_type_find(m->head->type);
    for (size_t i = 0; i < rows; i++)
        if (!tk_embed((float *)m->head_owned + i * k, type, m->head->data, rows, k, i))
            return tm_fail(l->err, "%s: the head's rows do not fit its type", m->file->path);
    m->head_rows = m->head_owned;
    m->head_op = "head_f32";
    return true;
}

static bool load_head(const loader *l) {
    tm_model *m = l->m;
    const tm_config *c = &m->config;
    m->embedding = take(l, "token_embd.weight");
    m->head = take(l, "output.weight");
    const bool own = m->head != NULL;
    if (!own)
        m->head = m->embedding;
    if (own && (m->head->ne[0] != c->dim || m->head->ne[1] != c->vocab))
        return tm_fail(l->err, "%s: tensor \"output.weight\": %ux%u was expected, found %llux%llu",
                       m->file->path, c->vocab, c->dim, (unsigned long long)m->head->ne[1],
                       (unsigned long long)m->head->ne[0]);
    for (int i = 0; i < 2; i++) {
        const tm_tensor *t = i ? m->head : m->embedding;
        if (!t->data || !tk_type_find(t->type) || tk_type_find(t->type)->id == TM_I2_S)
            return tm_fail(l->err,
                           "%s: tensor \"%s\": a type that dequantises row by row was expected, found %s",
                           m->file->path, i && own ? "output.weight" : "token_embd.weight",
                           t->data ? tm_tensor_type_name(t->type, tm_gguf_is_bitnet(m->file)) : t->why);
    }
    m->head_rows = m->head->data;
    for (size_t i = 0; i < sizeof head_ops / sizeof *head_ops; i++)
        if (head_ops[i].type == m->head->type) {
            m->head_op = head_ops[i].op;
            m->head_op_a16 = head_ops[i].op_a16;
        }
    if (!m->head_op)
        return widen_head(l);
    if (l->options->reading.large_pages) {
        m->head_owned_bytes = m->head->bytes;
        m->head_owned = tm_copy_to_pages(m->head->data, m->head_owned_bytes);
        m->head_rows = m->head_owned;
    }
    return m->head_rows ||
           tm_fail(l->err, "%s: memory for a copy of the head was expected, found none", m->file->path);
}

static bool load_all(const loader *l) {
    tm_model *m = l->m;
    if (!tm_config_read(&m->config, m->file, l->err))
        return false;
    m->layers = calloc(m->config.layers, sizeof *m->layers);
    if (!m->layers || !l->taken)
        return tm_fail(l->err, "%s: no memory", m->file->path);
    for (size_t i = 0; i < m->config.layers; i++)
        if (!load_layer(l, i))
            return false;
    return load_norm(l, "output_norm.weight", m->config.dim, &m->output_norm) && load_head(l) && all_taken(l) &&
           (!l->options->lora || tm_lora_read(m, l->options->lora, l->err));
}

tm_model *tm_model_from(tm_gguf *file, const tm_model_options *options, tm_error *err) {
    static const tm_model_options usual;
    loader l = {.options = options ? options : &usual, .err = err};
    if (!file)
        return NULL;
    if (!(l.m = calloc(1, sizeof *l.m))) {
        tm_fail(err, "%s: no memory", file->path);
        tm_gguf_close(file);
        return NULL;
    }
    l.m->file = file;
    l.taken = calloc(file->ntensors + 1, sizeof *l.taken);
    bool good = !l.options->repack || (l.layout = tm_layout_find(l.options->repack)) ||
                tm_fail(err,
                        "--repack: a layout (i2s, tq1_0, tq2_0, iq2_bn, iq2_bn_r4, q2_0, b2x, b3, ...) was "
                        "expected, found \"%s\"",
                        l.options->repack);
    good = good && load_all(&l);
    free(l.taken);
    if (good)
        return l.m;
    tm_model_free(l.m);
    return NULL;
}

tm_model *tm_model_load(const char *path, const tm_model_options *options, tm_error *err) {
    return tm_model_from(tm_gguf_open(path, false, err), options, err);
}

tm_matrix *tm_layer_matrix(tm_layer *l, size_t i) {
    tm_matrix *all[] = {&l->q, &l->k, &l->v, &l->o, &l->gate, &l->up, &l->down};
    return i < sizeof all / sizeof *all ? all[i] : NULL;
}

void tm_model_free(tm_model *m) {
    if (!m)
        return;
    for (size_t i = 0; m->layers && i < m->config.layers; i++)
        for (size_t j = 0; tm_layer_matrix(&m->layers[i], j); j++)
            tm_matrix_free(tm_layer_matrix(&m->layers[i], j));
    free(m->layers);
    tm_pages_free(m->head_owned, m->head_owned_bytes);
    tm_gguf_close(m->file);
    free(m);
}

size_t tm_model_matrix_bytes(const tm_model *m) {
    size_t sum = 0;
    for (size_t i = 0; i < m->config.layers; i++)
        for (size_t j = 0; tm_layer_matrix(&m->layers[i], j); j++) {
            const tm_matrix *x = tm_layer_matrix(&m->layers[i], j);
            sum += x->layout->size((tk_shape){x->m, x->k, 1, 0});
            sum += x->lora ? x->lora->rank * (x->m + x->k) * sizeof(float) : 0;
        }
    return sum;
}

size_t tm_model_head_bytes(const tm_model *m) {
    return m->head_owned ? m->head_owned_bytes : (size_t)m->head->bytes;
}
