/* config.c: see config.h. Missing keys have the field's defaults where it has one; all else must be there. */
#include "models/config.h"

#include "attention/limits.h"

enum { MOST = 1 << 20, MOST_LAYERS = 1024, MOST_HEAD_DIM = ATTENTION_DIM, MOST_GROUP = ATTENTION_HEADS };

static const struct {
    const char *name;
    bool rope_pairs, relu2, sub_norms;
} archs[] = {{"bitnet-b1.58", false, true, true},
             {"bitnet-25", false, true, true},
             {"bitnet", false, false, true},
             {"llama", true, false, false}};

typedef struct reader {
    const tm_gguf *g;
    const char *arch;
    tm_error *err;
} reader;

static const tm_value *find(const reader *r, const char *suffix) {
    char key[128];
    snprintf(key, sizeof key, "%s.%s", r->arch, suffix);
    return tm_gguf_find(r->g, key);
}

/* A count from 1 to most; `otherwise` where the key is missing (0: it must be there). */
static bool count(const reader *r, const char *suffix, uint32_t *out, uint32_t otherwise, uint32_t most) {
    const tm_value *v = find(r, suffix);
    uint64_t u = otherwise;
    if (!v && !otherwise)
        return tm_fail(r->err, "%s: key \"%s.%s\" was expected, found none", r->g->path, r->arch, suffix);
    if ((v && !tm_value_uint(v, &u)) || !u || u > most)
        return tm_fail(r->err, "%s: key \"%s.%s\": an integer from 1 to %u was expected, found another value",
                       r->g->path, r->arch, suffix, most);
    *out = (uint32_t)u;
    return true;
}

static bool real(const reader *r, const char *suffix, double *out, double otherwise, double least,
                 double most) {
    const tm_value *v = find(r, suffix);
    *out = otherwise;
    if ((v && !tm_value_float(v, out)) || !(*out >= least && *out <= most))
        return tm_fail(r->err, "%s: key \"%s.%s\": a number from %g to %g was expected, found another value",
                       r->g->path, r->arch, suffix, least, most);
    return true;
}

/* Weights folded into another basis want their activations turned into it first: without, the text is fluent
 * nonsense. PrismML's key (its llama.cpp, src/llama-model.cpp). */
static bool plain_basis(const reader *r) {
    return !tm_gguf_find(r->g, "prism.hadamard.version") ||
           tm_fail(r->err,
                   "%s: weights in the model's own basis were expected, found some turned by a Hadamard "
                   "matrix (key \"prism.hadamard.version\")",
                   r->g->path);
}

/* Scaled rotary angles are another model: refused, never ignored. */
static bool plain_rope(const reader *r, const tm_config *c) {
    const tm_value *v = find(r, "rope.scaling.type");
    tm_str type;
    double factor, old; /* the key of old files holds where there is no other */
    uint32_t dims;
    if (!count(r, "rope.dimension_count", &dims, c->head_dim, MOST_HEAD_DIM) ||
        !real(r, "rope.scale_linear", &old, 1, 0, 1e6) || !real(r, "rope.scaling.factor", &factor, old, 0, 1e6))
        return false;
    if (dims != c->head_dim)
        return tm_fail(r->err, "%s: rope.dimension_count: the head dimension %u was expected, found %u",
                       r->g->path, c->head_dim, dims);
    if ((v && (!tm_value_str(v, &type) || !(tm_str_is(type, "none") || tm_str_is(type, "linear")))) ||
        (factor != 1 && factor != 0) || tm_gguf_tensor(r->g, "rope_freqs.weight"))
        return tm_fail(r->err, "%s: rotary angles without scaling were expected, found %s", r->g->path,
                       tm_gguf_tensor(r->g, "rope_freqs.weight") ? "a tensor \"rope_freqs.weight\""
                                                                 : "a rope.scaling that is not 1");
    return true;
}

static bool read_vocab(const reader *r, tm_config *c) {
    const tm_tensor *t = tm_gguf_tensor(r->g, "token_embd.weight");
    if (!t || t->dims != 2)
        return tm_fail(r->err, "%s: a tensor \"token_embd.weight\" of 2 dimensions was expected, found %s",
                       r->g->path, t ? "another number of them" : "none");
    if (t->ne[0] != c->dim || t->ne[1] > MOST || !t->ne[1])
        return tm_fail(r->err, "%s: tensor \"token_embd.weight\": rows of %u were expected, found %llux%llu",
                       r->g->path, c->dim, (unsigned long long)t->ne[1], (unsigned long long)t->ne[0]);
    c->vocab = (uint32_t)t->ne[1];
    return true;
}

static bool check(const reader *r, const tm_config *c) {
    if (c->heads % c->kv_heads)
        return tm_fail(r->err, "%s: heads a multiple of KV heads were expected, found %u and %u", r->g->path,
                       c->heads, c->kv_heads);
    if (c->heads / c->kv_heads > MOST_GROUP)
        return tm_fail(r->err, "%s: at most %d query heads a KV head were expected, found %u", r->g->path,
                       MOST_GROUP, c->heads / c->kv_heads);
    if (c->head_dim % 2)
        return tm_fail(r->err, "%s: an even head dimension was expected, found %u", r->g->path, c->head_dim);
    return true;
}

bool tm_config_read(tm_config *c, const tm_gguf *g, tm_error *err) {
    tm_str arch;
    *c = (tm_config){0};
    if (!tm_value_str(tm_gguf_find(g, "general.architecture"), &arch))
        return tm_fail(err, "%s: key \"general.architecture\" was expected, found none", g->path);
    tm_printable(c->arch, sizeof c->arch, arch);
    const reader r = {g, c->arch, err};
    size_t i = 0;
    while (i < sizeof archs / sizeof *archs && !tm_str_is(arch, archs[i].name))
        i++;
    if (i == sizeof archs / sizeof *archs)
        return tm_fail(err,
                       "%s: architecture bitnet-b1.58, bitnet-25, bitnet or llama was expected, found \"%s\"",
                       g->path, c->arch);
    c->rope_pairs = archs[i].rope_pairs;
    c->relu2 = archs[i].relu2;
    c->sub_norms = archs[i].sub_norms;
    double eps;
    if (!plain_basis(&r) || !count(&r, "block_count", &c->layers, 0, MOST_LAYERS) ||
        !count(&r, "embedding_length", &c->dim, 0, MOST) ||
        !count(&r, "feed_forward_length", &c->ffn, 0, MOST) ||
        !count(&r, "attention.head_count", &c->heads, 0, MOST) ||
        !count(&r, "attention.head_count_kv", &c->kv_heads, c->heads, MOST) ||
        !count(&r, "context_length", &c->context, 2048, 1 << 24) ||
        !real(&r, "attention.layer_norm_rms_epsilon", &eps, 1e-5, 0, 1) ||
        !real(&r, "rope.freq_base", &c->rope_base, 10000, 1.001, 1e12) ||
        !count(&r, "attention.key_length", &c->head_dim, c->dim / c->heads ? c->dim / c->heads : 1,
               MOST_HEAD_DIM))
        return false;
    c->eps = (float)eps;
    return check(&r, c) && plain_rope(&r, c) && read_vocab(&r, c);
}
