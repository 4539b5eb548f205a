/* blueprint.c: see blueprint.h. */
#include "models/blueprint.h"

#include "models/encode.h"

size_t tm_plan_most(const tm_preset *p) {
    return (size_t)TM_LAYER_TENSORS * p->layers + 3;
}

static tm_plan *add(tm_plan *p, const char *name, tm_plan_kind kind, uint32_t type, uint64_t m, uint64_t k) {
    const bool norm = kind == TM_PLAN_NORM;
    *p = (tm_plan){.type = type, .dims = norm ? 1 : 2, .ne = {k, norm ? 1 : m, 1, 1}, .kind = kind};
    snprintf(p->name, sizeof p->name, "%s.weight", name);
    return p + 1;
}

static tm_plan *add_layer(tm_plan *at, const tm_preset *p, size_t layer, uint32_t weights) {
    const uint64_t wide = (uint64_t)p->heads * p->head_dim, narrow = (uint64_t)p->kv_heads * p->head_dim;
    const bool sub = strcmp(p->arch, "llama") != 0;
    const struct {
        const char *name;
        uint64_t m, k; /* m = 0: a norm */
    } all[TM_LAYER_TENSORS] = {[TM_ATTN_NORM] = {"attn_norm", 0, p->dim},
                               [TM_ATTN_Q] = {"attn_q", wide, p->dim},
                               [TM_ATTN_K] = {"attn_k", narrow, p->dim},
                               [TM_ATTN_V] = {"attn_v", narrow, p->dim},
                               [TM_ATTN_SUB_NORM] = {sub ? "attn_sub_norm" : NULL, 0, wide},
                               [TM_ATTN_OUTPUT] = {"attn_output", p->dim, wide},
                               [TM_FFN_NORM] = {"ffn_norm", 0, p->dim},
                               [TM_FFN_GATE] = {"ffn_gate", p->ffn, p->dim},
                               [TM_FFN_UP] = {"ffn_up", p->ffn, p->dim},
                               [TM_FFN_SUB_NORM] = {sub ? "ffn_sub_norm" : NULL, 0, p->ffn},
                               [TM_FFN_DOWN] = {"ffn_down", p->dim, p->ffn}};
    for (size_t i = 0; i < TM_LAYER_TENSORS; i++) {
        char name[32];
        snprintf(name, sizeof name, "blk.%zu.%s", layer, all[i].name ? all[i].name : "");
        if (all[i].name && all[i].m)
            at = add(at, name, TM_PLAN_TERNARY, weights, all[i].m, all[i].k);
        else if (all[i].name)
            at = add(at, name, TM_PLAN_NORM, 0, 1, all[i].k);
    }
    return at;
}

const char *tm_plan_make(tm_plan *first, const tm_preset *p, uint32_t weights, uint32_t head, size_t *count,
                         const char **name) {
    const char *why = tm_type_misfit(weights, strcmp(p->arch, "llama") != 0);
    tm_plan *at = add(first, "token_embd", TM_PLAN_FLOATS, head, p->vocab, p->dim);
    for (size_t i = 0; i < p->layers; i++)
        at = add_layer(at, p, i, weights);
    at = add(at, "output_norm", TM_PLAN_NORM, 0, 1, p->dim);
    if (p->own_head)
        at = add(at, "output", TM_PLAN_FLOATS, head, p->vocab, p->dim);
    *count = (size_t)(at - first);
    for (size_t i = 0; i < *count && !why; i++) {
        *name = first[i].name;
        why = tm_tensor_bytes(first[i].type, true, first[i].ne, &first[i].bytes);
    }
    return why;
}

bool tm_put_shape(tm_writer *w, const tm_preset *p, const char *name) {
    const struct {
        const char *key;
        uint32_t value;
    } counts[] = {{"vocab_size", p->vocab},
                  {"context_length", p->context},
                  {"embedding_length", p->dim},
                  {"block_count", p->layers},
                  {"feed_forward_length", p->ffn},
                  {"rope.dimension_count", p->head_dim},
                  {"attention.head_count", p->heads},
                  {"attention.head_count_kv", p->kv_heads},
                  {"attention.key_length", p->head_dim},
                  {"attention.value_length", p->head_dim}};
    char key[96];
    bool good = tm_put_str(w, "general.architecture", tm_str_of(p->arch)) &&
                tm_put_str(w, "general.name", tm_str_of(name)) &&
                tm_put_u32(w, "general.alignment", TM_FILE_ALIGNMENT);
    for (size_t i = 0; i < sizeof counts / sizeof *counts && good; i++) {
        snprintf(key, sizeof key, "%s.%s", p->arch, counts[i].key);
        good = tm_put_u32(w, key, counts[i].value);
    }
    snprintf(key, sizeof key, "%s.attention.layer_norm_rms_epsilon", p->arch);
    good = good && tm_put_f32(w, key, 1e-5f);
    snprintf(key, sizeof key, "%s.rope.freq_base", p->arch);
    return good && tm_put_f32(w, key, (float)p->rope_base);
}

bool tm_is_projection(tm_str name) {
    static const char *const names[] = {"attn_q",   "attn_k", "attn_v",  "attn_output",
                                        "ffn_gate", "ffn_up", "ffn_down"};
    size_t at = 4, n;
    if (name.n < 12 || memcmp(name.p, "blk.", 4) != 0)
        return false;
    while (at < name.n && name.p[at] >= '0' && name.p[at] <= '9')
        at++;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        n = strlen(names[i]);
        if (name.n == at + 1 + n + 7 && name.p[at] == '.' && !memcmp(name.p + at + 1, names[i], n) &&
            !memcmp(name.p + at + 1 + n, ".weight", 7))
            return true;
    }
    return false;
}

bool tm_put_plan(tm_writer *w, const tm_plan *p, size_t count) {
    bool good = true;
    for (size_t i = 0; i < count && good; i++)
        good = tm_put_tensor(w, tm_str_of(p[i].name), p[i].type, p[i].dims, p[i].ne, p[i].bytes);
    for (size_t i = 0; i < count && good; i++)
        if (tm_is_projection(tm_str_of(p[i].name)))
            return tm_put_file_type(w, p[i].type);
    return good;
}
