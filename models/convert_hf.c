/* convert_hf.c: Hugging Face checkpoints of ternary models: config.json, safetensors, tokenizer.json.
 *
 * Weights are packed (uint8 [M/4][K], row r + i M/4 in bits 2i of byte row r; transformers
 * integrations/bitnet.py) with a weight_scale that multiplies (autobitlinear) or divides (bitlinear), or float
 * masters, ternarised by absmean: s = 1 / max(mean |W|, 1e-5), T = clamp(round(W s), -1, 1), the scale of W' =
 * T / s being fl(1 / s). */
#include "models/convert.h"
#include "models/encode.h"
#include "models/json.h"
#include "models/safetensors.h"
#include "models/tokenizer/tokenizer.h"

#include <dirent.h>
#include <math.h>
#include <stdlib.h>

enum { MOST_FILES = 64, NAME = 128 };

typedef struct hf {
    const char *folder;
    tm_error *err;
    tm_json *config;
    tm_safetensors *files[MOST_FILES];
    size_t nfiles;
    bool divides, llama, relu2;
    int64_t layers, dim, ffn, heads, kv_heads, head_dim, vocab, context;
    double eps, theta;
    tm_source_part *parts;
    const tm_array **weights; /* of each part */
    const tm_array **scales;  /* NULL: none */
    size_t n;
} hf;

static const tm_array *find(const hf *h, const char *name) {
    const tm_array *a = NULL;
    for (size_t i = 0; i < h->nfiles && !a; i++)
        a = tm_safetensors_find(h->files[i], name);
    return a;
}

/* ---- config.json ----------------------------------------------------------------------------------------- */
static bool count(const hf *h, const char *key, int64_t *out, int64_t otherwise) {
    const tm_json *j = tm_json_get(h->config, key);
    *out = otherwise;
    if ((!j && otherwise > 0) || (tm_json_int(j, out) && *out > 0 && *out < 1 << 24))
        return true;
    return tm_fail(h->err, "%s/config.json: \"%s\": a whole number above 0 was expected, found another value",
                   h->folder, key);
}

static double real(const tm_json *object, const char *key, double otherwise) {
    double v;
    return tm_json_real(tm_json_get(object, key), &v) && v > 0 ? v : otherwise;
}

static bool text_is(const tm_json *j, const char *text) {
    tm_str s;
    return tm_json_str(j, &s) && tm_str_is(s, text);
}

/* rope_theta and rope_scaling, or since transformers 5 both in rope_parameters; without any, the defaults of
 * that library's configurations. Scaled angles are another model. */
static bool read_rope(hf *h, const char *path) {
    const tm_json *scaling = tm_json_get(h->config, "rope_scaling"),
                  *both = tm_json_get(h->config, "rope_parameters");
    scaling = tm_json_is_object(both) ? both : scaling;
    if (tm_json_is_object(scaling)) {
        const tm_json *now = tm_json_get(scaling, "rope_type"),
                      *type = now ? now : tm_json_get(scaling, "type");
        if (type && !text_is(type, "default"))
            return tm_fail(h->err, "%s: rotary angles without scaling were expected, found another rope_type",
                           path);
    }
    const double usual = real(h->config, "rope_theta", h->llama ? 10000 : 500000);
    h->theta = real(both, "rope_theta", usual);
    return true;
}

static bool read_config(hf *h) {
    char path[4200];
    tm_buffer text = {0};
    snprintf(path, sizeof path, "%s/config.json", h->folder);
    if (!tm_read_file(path, &text, h->err))
        return false;
    h->config = tm_json_parse((tm_str){text.p, text.n}, path, h->err);
    tm_buffer_free(&text);
    if (!h->config)
        return false;
    const tm_json *kind = tm_json_get(h->config, "model_type"),
                  *quant = tm_json_get(h->config, "quantization_config");
    h->llama = text_is(kind, "llama");
    if (!h->llama && !text_is(kind, "bitnet")) {
        tm_str found = tm_str_of("none");
        tm_json_str(kind, &found);
        return tm_fail(h->err, "%s: \"model_type\": bitnet or llama was expected, found %.*s", path,
                       (int)(found.n < 64 ? found.n : 64), found.p);
    }
    h->relu2 = text_is(tm_json_get(h->config, "hidden_act"), "relu2");
    h->divides = quant && !text_is(tm_json_get(quant, "linear_class"), "autobitlinear");
    if (!count(h, "num_hidden_layers", &h->layers, 0) || !count(h, "hidden_size", &h->dim, 0) ||
        !count(h, "intermediate_size", &h->ffn, 0) || !count(h, "num_attention_heads", &h->heads, 0) ||
        !count(h, "num_key_value_heads", &h->kv_heads, h->heads) || !count(h, "vocab_size", &h->vocab, 0) ||
        !count(h, "max_position_embeddings", &h->context, 2048) ||
        !count(h, "head_dim", &h->head_dim, h->dim / h->heads ? h->dim / h->heads : 1))
        return false;
    h->eps = real(h->config, "rms_norm_eps", 1e-5);
    return read_rope(h, path);
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool open_files(hf *h) {
    char *names[MOST_FILES], path[4200];
    size_t n = 0;
    DIR *d = opendir(h->folder);
    for (struct dirent *e; d && n < MOST_FILES && (e = readdir(d));) {
        const char *dot = strrchr(e->d_name, '.');
        if (dot && !strcmp(dot, ".safetensors"))
            names[n++] = strdup(e->d_name);
    }
    if (d)
        closedir(d);
    qsort(names, n, sizeof *names, by_name);
    bool good = n > 0 || tm_fail(h->err, "%s: a .safetensors file was expected, found none", h->folder);
    for (size_t i = 0; i < n; i++) {
        snprintf(path, sizeof path, "%s/%s", h->folder, names[i]);
        good = good && (h->files[h->nfiles] = tm_safetensors_open(path, h->err)) != NULL;
        h->nfiles += good;
        free(names[i]);
    }
    return good;
}

/* These architectures have none: without them it would be another model. */
static bool no_biases(const hf *h) {
    for (size_t i = 0; i < h->nfiles; i++)
        for (size_t j = 0; j < h->files[i]->n; j++) {
            const char *name = h->files[i]->arrays[j].name, *dot = strrchr(name, '.');
            if (dot && !strcmp(dot, ".bias"))
                return tm_fail(h->err, "%s: arrays without biases were expected, found \"%s\"",
                               h->files[i]->path, name);
        }
    return true;
}

/* ---- tensors --------------------------------------------------------------------------------------------- */
static bool add(hf *h, const char *to, const char *from, tm_part_kind kind, int64_t m, int64_t k) {
    tm_source_part *p = &h->parts[h->n];
    const tm_array *a = find(h, from);
    char scale[NAME + 16];
    *p = (tm_source_part){.kind = kind, .m = (uint64_t)m, .k = (uint64_t)k, .dims = 2, .index = h->n};
    snprintf(p->name, sizeof p->name, "%s", to);
    if (!a)
        return tm_fail(h->err, "%s: array \"%s\" was expected, found none", h->folder, from);
    const uint64_t rows = kind == TM_PART_TERNARY && a->dtype == TM_DT_U8 ? (p->m + 3) / 4 : p->m;
    const bool vector = kind == TM_PART_BYTES;
    if (vector ? a->count != p->k : a->dims != 2 || a->shape[0] != rows || a->shape[1] != p->k)
        return tm_fail(h->err, "%s: array \"%s\": %llux%llu was expected, found %llux%llu", h->folder, from,
                       (unsigned long long)rows, (unsigned long long)p->k, (unsigned long long)a->shape[0],
                       (unsigned long long)a->shape[1]);
    if ((a->dtype == TM_DT_U8 && kind != TM_PART_TERNARY) || a->dtype == TM_DT_I8)
        return tm_fail(h->err, "%s: array \"%s\": floats were expected, found %s", h->folder, from,
                       tm_dtype_name(a->dtype));
    h->weights[h->n] = a;
    if (kind == TM_PART_TERNARY && a->dtype == TM_DT_U8) {
        snprintf(scale, sizeof scale, "%s_scale", from);
        h->scales[h->n] = find(h, scale);
        if (!h->scales[h->n] || h->scales[h->n]->count != 1 || h->scales[h->n]->dtype == TM_DT_U8)
            return tm_fail(h->err, "%s: array \"%s\" with one number was expected, found none", h->folder,
                           scale);
    }
    h->n++;
    return true;
}

/* A norm under one of two names; as F32 floats of one row. */
static bool add_norm(hf *h, const char *to, const char *from, const char * or, int64_t k) {
    if (!find(h, from) && or &&find(h, or))
        from = or ;
    if (!add(h, to, from, TM_PART_BYTES, 1, k))
        return false;
    tm_source_part *p = &h->parts[h->n - 1];
    p->type = 0;
    p->dims = 1;
    p->ne[0] = p->k;
    p->ne[1] = p->ne[2] = p->ne[3] = 1;
    p->bytes = 4 * p->k;
    return true;
}

static bool add_block(hf *h, int64_t i) {
    const int64_t wide = h->heads * h->head_dim, narrow = h->kv_heads * h->head_dim;
    const struct {
        const char *to, *from;
        int64_t m, k;
    } matrices[] = {
        {"attn_q", "self_attn.q_proj", wide, h->dim},   {"attn_k", "self_attn.k_proj", narrow, h->dim},
        {"attn_v", "self_attn.v_proj", narrow, h->dim}, {"attn_output", "self_attn.o_proj", h->dim, wide},
        {"ffn_gate", "mlp.gate_proj", h->ffn, h->dim},  {"ffn_up", "mlp.up_proj", h->ffn, h->dim},
        {"ffn_down", "mlp.down_proj", h->dim, h->ffn}};
    const struct {
        const char *to, *from, * or ;
        int64_t k;
    } norms[] = {{"attn_norm", "input_layernorm", NULL, h->dim},
                 {"ffn_norm", "post_attention_layernorm", NULL, h->dim},
                 {"attn_sub_norm", "self_attn.attn_sub_norm", "self_attn.inner_attn_ln", wide},
                 {"ffn_sub_norm", "mlp.ffn_sub_norm", "mlp.ffn_layernorm", h->ffn}};
    char to[65], from[NAME], or [NAME];
    for (size_t j = 0; j < (h->llama ? 2 : 4); j++) {
        snprintf(to, sizeof to, "blk.%lld.%s.weight", (long long)i, norms[j].to);
        snprintf(from, sizeof from, "model.layers.%lld.%s.weight", (long long)i, norms[j].from);
        snprintf(or, sizeof or, "model.layers.%lld.%s.weight", (long long)i, norms[j].or ? norms[j].or : "");
        if (!add_norm(h, to, from, norms[j].or ? or : NULL, norms[j].k))
            return false;
    }
    for (size_t j = 0; j < sizeof matrices / sizeof *matrices; j++) {
        snprintf(to, sizeof to, "blk.%lld.%s.weight", (long long)i, matrices[j].to);
        snprintf(from, sizeof from, "model.layers.%lld.%s.weight", (long long)i, matrices[j].from);
        if (!add(h, to, from, TM_PART_TERNARY, matrices[j].m, matrices[j].k))
            return false;
    }
    return true;
}

static bool add_all(hf *h) {
    const size_t most = (size_t)h->layers * 11 + 3;
    bool tied = !h->llama;
    h->parts = calloc(most, sizeof *h->parts);
    h->weights = calloc(most, sizeof *h->weights);
    h->scales = calloc(most, sizeof *h->scales);
    if (!h->parts || !h->weights || !h->scales)
        return tm_fail(h->err, "%s: no memory", h->folder);
    tm_json_bool(tm_json_get(h->config, "tie_word_embeddings"), &tied);
    bool good = add(h, "token_embd.weight", "model.embed_tokens.weight", TM_PART_FLOATS, h->vocab, h->dim);
    for (int64_t i = 0; good && i < h->layers; i++)
        good = add_block(h, i);
    return good && add_norm(h, "output_norm.weight", "model.norm.weight", NULL, h->dim) &&
           (tied || !find(h, "lm_head.weight") ||
            add(h, "output.weight", "lm_head.weight", TM_PART_FLOATS, h->vocab, h->dim));
}

/* llama files hold Q and K with their rotary pairs side by side: row 2d + l of a head is row l dim/2 + d. */
static uint64_t source_row(const hf *h, const tm_source_part *p, uint64_t row) {
    const uint64_t dim = (uint64_t)h->head_dim, at = row % dim;
    const bool turned = strstr(p->name, ".attn_q.") || strstr(p->name, ".attn_k.");
    return h->llama && turned ? row - at + (at % 2) * (dim / 2) + at / 2 : row;
}

static bool absmean(const hf *h, const tm_source_part *p, const tm_array *a, int8_t *w, float *scale) {
    const uint64_t n = p->m * p->k;
    float *row = malloc(p->k * sizeof *row);
    double sum = 0;
    for (uint64_t i = 0; row && i < p->m; i++) {
        tm_array_floats(a, i * p->k, p->k, row);
        for (uint64_t j = 0; j < p->k; j++)
            sum += fabs((double)row[j]);
    }
    const float mean = (float)(sum / (double)n), s = 1 / (mean > 1e-5f ? mean : 1e-5f);
    for (uint64_t i = 0; row && i < p->m; i++) {
        tm_array_floats(a, source_row(h, p, i) * p->k, p->k, row);
        for (uint64_t j = 0; j < p->k; j++) {
            const float t = nearbyintf(row[j] * s);
            w[i * p->k + j] = (int8_t)(t > 0 ? 1 : t < 0 ? -1 : 0);
        }
    }
    *scale = 1 / s;
    free(row);
    return row && isfinite(sum);
}

static bool unpack(const hf *h, const tm_source_part *p, const tm_array *a, int8_t *w) {
    const uint64_t quarter = (p->m + 3) / 4;
    for (uint64_t i = 0; i < p->m; i++) {
        const uint64_t from = source_row(h, p, i);
        const uint8_t *bytes = a->data + from % quarter * p->k;
        for (uint64_t j = 0; j < p->k; j++) {
            const int v = (bytes[j] >> 2 * (from / quarter) & 3) - 1;
            if (v > 1)
                return false;
            w[i * p->k + j] = (int8_t)v;
        }
    }
    return true;
}

static bool hf_ternary(void *ctx, const tm_source_part *p, int8_t *w, float *scales, tm_error *err) {
    const hf *h = ctx;
    const tm_array *a = h->weights[p->index];
    float scale;
    if (a->dtype != TM_DT_U8) {
        if (!absmean(h, p, a, w, &scale))
            return tm_fail(err, "%s: array \"%s\": finite weights were expected, found others", h->folder,
                           a->name);
    } else {
        if (!unpack(h, p, a, w))
            return tm_fail(err, "%s: array \"%s\": codes of 0 to 2 were expected, found a 3", h->folder,
                           a->name);
        tm_array_floats(h->scales[p->index], 0, 1, &scale);
        scale = h->divides ? 1 / scale : scale;
    }
    if (!isfinite(scale) || scale == 0)
        return tm_fail(err, "%s: array \"%s\": a finite scale was expected, found another", h->folder, a->name);
    for (uint64_t i = 0; i < p->m; i++)
        scales[i] = scale;
    return true;
}

static bool hf_floats(void *ctx, const tm_source_part *p, size_t row, size_t rows, float *x, tm_error *err) {
    (void)err;
    tm_array_floats(((const hf *)ctx)->weights[p->index], row * p->k, rows * p->k, x);
    return true;
}

/* Norms as F32. One at a time: the pointer holds until the next call. */
static const uint8_t *hf_raw(void *ctx, const tm_source_part *p) {
    static float *row;
    free(row);
    row = malloc(p->k * sizeof *row);
    if (row)
        tm_array_floats(((const hf *)ctx)->weights[p->index], 0, p->k, row);
    return (const uint8_t *)row;
}

/* ---- keys ------------------------------------------------------------------------------------------------ */
static bool put_tokenizer(const hf *h, tm_writer *w) {
    char path[4200];
    snprintf(path, sizeof path, "%s/tokenizer.json", h->folder);
    tm_tokenizer *t = tm_tokenizer_from_file(path, h->err);
    if (!t)
        return false;
    const bool good = tm_tokenizer_put(t, w);
    tm_tokenizer_free(t);
    return good || tm_fail(h->err, "%s: no memory", path);
}

static bool put_keys(const hf *h, tm_writer *w) {
    const char *arch = h->llama ? "llama" : h->relu2 ? "bitnet-b1.58" : "bitnet";
    const struct {
        const char *key;
        int64_t value;
    } counts[] = {{"vocab_size", h->vocab},
                  {"context_length", h->context},
                  {"embedding_length", h->dim},
                  {"block_count", h->layers},
                  {"feed_forward_length", h->ffn},
                  {"rope.dimension_count", h->head_dim},
                  {"attention.head_count", h->heads},
                  {"attention.head_count_kv", h->kv_heads},
                  {"attention.key_length", h->head_dim},
                  {"attention.value_length", h->head_dim}};
    char key[96];
    bool good = tm_put_str(w, "general.architecture", tm_str_of(arch)) &&
                tm_put_u32(w, "general.alignment", TM_FILE_ALIGNMENT);
    for (size_t i = 0; good && i < sizeof counts / sizeof *counts; i++) {
        snprintf(key, sizeof key, "%s.%s", arch, counts[i].key);
        good = tm_put_u32(w, key, (uint32_t)counts[i].value);
    }
    snprintf(key, sizeof key, "%s.attention.layer_norm_rms_epsilon", arch);
    good = good && tm_put_f32(w, key, (float)h->eps);
    snprintf(key, sizeof key, "%s.rope.freq_base", arch);
    good = good && tm_put_f32(w, key, (float)h->theta) && tm_put_u32(w, "general.quantization_version", 2);
    return good || tm_fail(h->err, "%s: no memory", h->folder);
}

bool tm_convert_hf(FILE *f, const char *folder, const tm_conversion *how, tm_error *err) {
    hf h = {.folder = folder, .err = err};
    tm_conversion usual = *how;
    usual.weights = how->weights ? how->weights : "i2_s";
    usual.head = how->head ? how->head : "f16";
    tm_writer *w = tm_writer_new(TM_FILE_ALIGNMENT);
    bool good = w || tm_fail(err, "%s: no memory", folder);
    good = good && read_config(&h) && open_files(&h) && no_biases(&h) && add_all(&h) && put_keys(&h, w) &&
           put_tokenizer(&h, w);
    const tm_source source = {.path = folder,
                              .bitnet = !h.llama,
                              .ctx = &h,
                              .parts = h.parts,
                              .n = h.n,
                              .ternary = hf_ternary,
                              .floats = hf_floats,
                              .raw = hf_raw};
    good = good && tm_convert_write(f, w, &source, &usual, err);
    for (size_t i = 0; i < h.nfiles; i++)
        tm_safetensors_close(h.files[i]);
    tm_json_free(h.config);
    free(h.parts);
    free(h.weights);
    free(h.scales);
    tm_writer_free(w);
    return good;
}
