/* import.c: the network of a GGUF file in training form. */
#include "models/train/net.h"

#include "dequant/dequant.h"
#include "models/config.h"
#include "models/ternary.h"
#include <stdlib.h>

static bool read_shape(tm_preset *p, const tm_gguf *g, tm_error *err) {
    tm_config c;
    if (!tm_config_read(&c, g, err))
        return false;
    if (c.rope_pairs || !c.relu2 || tm_gguf_tensor(g, "output.weight") || c.eps != 1e-5f)
        return tm_fail(
            err, "%s: architecture bitnet-b1.58 with a tied head and eps 1e-5 was expected, found another",
            g->path);
    *p = (tm_preset){.name = "read",
                     .arch = "bitnet-b1.58",
                     .layers = c.layers,
                     .dim = c.dim,
                     .ffn = c.ffn,
                     .heads = c.heads,
                     .kv_heads = c.kv_heads,
                     .head_dim = c.head_dim,
                     .vocab = c.vocab,
                     .context = c.context,
                     .rope_base = c.rope_base};
    return true;
}

static bool read_ternary(float *w, const tm_gguf *g, const tm_tensor *t, const tm_param *p, tm_error *err) {
    int8_t *values = malloc(p->m * p->k);
    float *scales = malloc(p->m * sizeof *scales);
    const bool good = values && scales ? tm_ternary_values(g, t, (tm_reading){0}, values, scales, err)
                                       : tm_fail(err, "%s: no memory", g->path);
    for (size_t i = 0; good && i < p->m * p->k; i++)
        w[i] = (float)values[i] * scales[i / p->k];
    free(values);
    free(scales);
    return good;
}

static bool read_param(float *w, const tm_gguf *g, const tm_param *p, tm_error *err) {
    const tm_tensor *t = tm_gguf_tensor(g, p->name);
    if (!t || !t->data || t->ne[0] != p->k || t->ne[1] != p->m)
        return tm_fail(err, "%s: tensor \"%s\" of %zux%zu was expected, found %s", g->path, p->name, p->m, p->k,
                       t && t->data ? "another shape" : "none");
    if (tm_type_is_ternary(t->type, true))
        return read_ternary(w, g, t, p, err);
    const tk_type *type = tk_type_find(t->type);
    const size_t bytes = type ? tk_type_row_bytes(type, p->k) : 0;
    bool good = bytes && tm_gguf_tensor(g, p->name)->bytes >= bytes * p->m;
    for (size_t i = 0; good && i < p->m; i++)
        good = tk_dequant_row(w + i * p->k, type, t->data + i * bytes, p->k, 1);
    return good || tm_fail(err, "%s: tensor \"%s\": a type that dequantises was expected, found another",
                           g->path, p->name);
}

tm_net *tm_net_read(const char *path, size_t most, uint32_t context, unsigned threads, tm_error *err) {
    tm_preset shape;
    tm_net *n = NULL;
    tm_gguf *g = tm_gguf_open(path, false, err);
    bool good = g && read_shape(&shape, g, err);
    if (good && shape.context < context)
        good =
            tm_fail(err, "%s: a context of at least %u was expected, found %u", path, context, shape.context);
    if (good)
        good = (n = tm_net_new(&shape, most, threads, err)) != NULL;
    for (size_t i = 0; good && i < n->params; i++)
        good = read_param(n->w + n->param[i].at, g, &n->param[i], err);
    tm_gguf_close(g);
    if (good) {
        tm_net_refresh(n, 0);
        return n;
    }
    tm_net_free(n);
    return NULL;
}
