/* import.c: the network of a GGUF file in training form. */
#include "models/train/inside.h"

#include "dequant/dequant.h"
#include "models/config.h"
#include "models/ternary.h"
#include <stdlib.h>

static bool read_shape(tm_preset *p, const tm_gguf *g, uint32_t context, tm_error *err) {
    tm_config c;
    if (!tm_config_read(&c, g, err))
        return false;
    if (c.rope_pairs || !c.relu2 || tm_gguf_tensor(g, "output.weight") || c.eps != 1e-5f)
        return tm_fail(err,
                       "%s: architecture bitnet-b1.58 or bitnet-25 with a tied head and eps 1e-5 was expected, "
                       "found another",
                       g->path);
    if (c.context < context)
        return tm_fail(err, "%s: a context of at least %u was expected, found %u", g->path, context, c.context);
    *p = (tm_preset){.name = "read",
                     .arch = strcmp(c.arch, "bitnet-25") ? "bitnet-b1.58" : "bitnet-25",
                     .layers = c.layers,
                     .dim = c.dim,
                     .ffn = c.ffn,
                     .heads = c.heads,
                     .kv_heads = c.kv_heads,
                     .head_dim = c.head_dim,
                     .vocab = c.vocab,
                     .context = context,
                     .rope_base = c.rope_base};
    return true;
}

/* A frozen network keeps values and scale apart, as inference multiplies them: its masters are never read. */
static bool read_ternary(tm_net *n, size_t i, const tm_gguf *g, tm_reading reading, tm_error *err) {
    const tm_param *p = &n->param[i];
    const tk_shape shape = {p->m, p->k, 1, 0};
    tm_matrix x;
    int8_t *values = malloc(p->m * p->k);
    bool good = values || tm_fail(err, "%s: no memory", g->path);
    good = good && tm_matrix_load(&x, g, p->name, p->m, p->k, n->packed[i].kernel->layout, reading, err);
    if (good) {
        x.layout->unpack(values, x.w, shape);
        for (size_t j = 0; j < p->m * p->k && !n->learned; j++)
            n->w[p->at + j] = (float)values[j] * (x.row_scale ? x.row_scale[j / p->k] : x.scale);
        if (n->learned && x.row_scale)
            good = tm_fail(
                err,
                "%s: tensor \"%s\": one scale for all rows was expected of a model to adapt, found several",
                g->path, p->name);
        else if (n->learned)
            tm_net_use(n, i, values, x.scale);
        tm_matrix_free(&x);
    }
    free(values);
    return good;
}

static bool read_param(tm_net *n, size_t i, const tm_gguf *g, tm_reading reading, tm_error *err) {
    const tm_param *p = &n->param[i];
    const tm_tensor *t = tm_gguf_tensor(g, p->name);
    if (!t || !t->data || t->ne[0] != p->k || t->ne[1] != p->m)
        return tm_fail(err, "%s: tensor \"%s\" of %zux%zu was expected, found %s", g->path, p->name, p->m, p->k,
                       t && t->data ? "another shape" : "none");
    if (p->kind == TM_PLAN_TERNARY && (n->learned || tm_type_is_ternary(t->type, true)))
        return read_ternary(n, i, g, reading, err);
    const tk_type *type = tk_type_find(t->type);
    const size_t bytes = type ? tk_type_row_bytes(type, p->k) : 0;
    bool good = bytes && t->bytes >= bytes * p->m;
    for (size_t j = 0; good && j < p->m; j++)
        good = tk_dequant_row(n->w + p->at + j * p->k, type, t->data + j * bytes, p->k, 1);
    return good || tm_fail(err, "%s: tensor \"%s\": a type that dequantises was expected, found another",
                           g->path, p->name);
}

/* An adapter that is as large as its matrix would say no more than one. */
static bool check_rank(const tm_preset *s, const tm_lora_plan *lora, tm_error *err) {
    const size_t wide = (size_t)s->heads * s->head_dim, narrow = (size_t)s->kv_heads * s->head_dim;
    const size_t other[TM_LAYER_TENSORS] = {
        [TM_ATTN_Q] = wide,     [TM_ATTN_K] = narrow, [TM_ATTN_V] = narrow,  [TM_ATTN_OUTPUT] = wide,
        [TM_FFN_GATE] = s->ffn, [TM_FFN_UP] = s->ffn, [TM_FFN_DOWN] = s->ffn};
    size_t most = s->dim; /* every projection has this many rows or columns */
    for (size_t i = 0; i < TM_LAYER_TENSORS; i++)
        most = lora->targets >> i & 1 && other[i] < most ? other[i] : most;
    return lora->rank <= most || tm_fail(err,
                                         "--lora: a rank of at most %zu (the least rows or columns of an "
                                         "adapted matrix) was expected, found %zu",
                                         most, lora->rank);
}

tm_net *tm_net_read(const tm_gguf *g, tm_reading reading, const tm_lora_plan *lora, size_t most,
                    uint32_t context, unsigned threads, tm_error *err) {
    tm_preset shape;
    tm_net *n = NULL;
    bool good = read_shape(&shape, g, context, err) && (!lora || check_rank(&shape, lora, err)) &&
                (n = tm_net_new(&shape, lora, most, threads, err));
    for (size_t i = 0; good && i < n->params; i++)
        good = read_param(n, i, g, reading, err);
    if (good) {
        n->file = tm_sum(tm_hash(TM_HASH, g->map, g->size));
        tm_net_refresh(n, lora ? 1 : 0);
        return n;
    }
    tm_net_free(n);
    return NULL;
}
