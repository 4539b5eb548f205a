/* load.c: tokenizers from GGUF metadata, tokenizer.json, tiktoken files, and of plain bytes. */
#include "models/json.h"
#include "models/tokenizer/inside.h"

#include <stdlib.h>

enum { LLAMA3_SPECIALS = 256, LLAMA3_VOCAB = 128256, MOST_TOKENS = 1 << 22 };

int tm_llama3_special(char *to, size_t n, size_t i) {
    static const char *const named[] = {"begin_of_text",   "end_of_text",   NULL, NULL,    NULL, NULL,
                                        "start_header_id", "end_header_id", NULL, "eot_id"};
    if (i < sizeof named / sizeof *named && named[i])
        return snprintf(to, n, "<|%s|>", named[i]);
    return snprintf(to, n, "<|reserved_special_token_%zu|>", i < 6 ? i - 2 : i == 8 ? 4 : i - 5);
}

/* ---- GGUF ------------------------------------------------------------------------------------------------ */
static const tm_value *tok(const tm_gguf *g, const char *suffix) {
    char key[64];
    snprintf(key, sizeof key, "tokenizer.ggml.%s", suffix);
    return tm_gguf_find(g, key);
}

static bool special_id(const tm_gguf *g, const tm_tokenizer *t, const char *suffix, int64_t *out,
                       tm_error *err) {
    const tm_value *v = tok(g, suffix);
    if (!v)
        return true;
    if (!tm_value_int(v, out) || *out < 0 || *out >= t->count)
        return tm_fail(err,
                       "%s: key \"tokenizer.ggml.%s\": a token id below %u was expected, found another value",
                       g->path, suffix, t->count);
    return true;
}

static bool gguf_tokens(const tm_gguf *g, tm_tokenizer *t, bool alphabet, tm_error *err) {
    const tm_value *tokens = tok(g, "tokens"), *types = tok(g, "token_type"), *scores = tok(g, "scores");
    tm_str s;
    if (!tokens || tokens->type != TM_ARRAY || tokens->of != TM_STRING || !tokens->count ||
        tokens->count > MOST_TOKENS)
        return tm_fail(err, "%s: key \"tokenizer.ggml.tokens\": an array of strings was expected, found %s",
                       g->path, tokens ? "something else" : "none");
    if ((types && (types->type != TM_ARRAY || types->count != tokens->count)) ||
        (scores && (scores->type != TM_ARRAY || scores->count != tokens->count)))
        return tm_fail(err, "%s: as many token types and scores as tokens were expected, found other counts",
                       g->path);
    uint64_t i = 0;
    for (const uint8_t *at = NULL; tm_value_next_str(tokens, &at, &s); i++) {
        double type = TM_NORMAL, score = 0;
        if ((types && (!tm_value_at(types, i, &type) || !(type >= 1 && type <= 6))) ||
            (scores && !tm_value_at(scores, i, &score)))
            return tm_fail(err, "%s: token %llu: a type from 1 to 6 and a score were expected, found others",
                           g->path, (unsigned long long)i);
        if (!tm_add_token(t, s, (float)score, (uint8_t)type, alphabet))
            return tm_fail(err, "%s: memory for its tokens was expected, found none", g->path);
    }
    return true;
}

static bool gguf_merges(const tm_gguf *g, tm_tokenizer *t, tm_error *err) {
    const tm_value *merges = tok(g, "merges");
    tm_str s;
    uint32_t rank = 0;
    for (const uint8_t *at = NULL; merges && tm_value_next_str(merges, &at, &s); rank++) {
        const char *space = s.n > 1 ? memchr(s.p + 1, ' ', s.n - 1) : NULL;
        const size_t left = space ? (size_t)(space - s.p) : 0;
        if (!space ||
            !tm_add_merge(t, (tm_str){s.p, left}, (tm_str){space + 1, s.n - left - 1}, rank, merges->count))
            return tm_fail(err,
                           "%s: merge %u: two tokens with a space between them were expected, found others",
                           g->path, rank);
    }
    t->merging = rank ? TM_BY_LIST : TM_BY_ID;
    return true;
}

/* A vocabulary of 128256 is LLaMA-3's: its merges say what its order says (the pair whose text has the lowest
 * id), and files without tokenizer.ggml.pre mean its rules. */
static bool read_gguf(const tm_gguf *g, tm_tokenizer *t, tm_error *err) {
    tm_str model, pre = {"", 0};
    char name[64];
    if (!tm_value_str(tok(g, "model"), &model) || !(tm_str_is(model, "gpt2") || tm_str_is(model, "llama")))
        return tm_fail(err,
                       "%s: key \"tokenizer.ggml.model\": gpt2 or llama was expected, found another or none",
                       g->path);
    const bool sentence = tm_str_is(model, "llama");
    t->merging = sentence ? TM_BY_SCORE : TM_BY_ID;
    if (!gguf_tokens(g, t, !sentence, err) || !tm_finish_tables(t, g->path, err))
        return false;
    if (!tm_value_str(tok(g, "pre"), &pre))
        pre = tm_str_of(t->count == LLAMA3_VOCAB ? "llama-bpe" : "gpt-2");
    t->split = sentence ? NULL : tm_split_new(tm_printable(name, sizeof name, pre), g->path, err);
    if (!sentence && (!t->split || (t->count != LLAMA3_VOCAB && !gguf_merges(g, t, err))))
        return false;
    t->ignore_merges =
        !sentence && !tm_str_is(pre, "gpt-2") && !tm_str_is(pre, "gpt2") && !tm_str_is(pre, "default");
    t->add_bos = sentence || t->ignore_merges;
    t->space_prefix = sentence;
    tm_value_bool(tok(g, "add_bos_token"), &t->add_bos);
    tm_value_bool(tok(g, "add_space_prefix"), &t->space_prefix);
    return special_id(g, t, "bos_token_id", &t->bos, err) && special_id(g, t, "eos_token_id", &t->eos, err) &&
           special_id(g, t, "eot_token_id", &t->eot, err) &&
           special_id(g, t, "unknown_token_id", &t->unknown, err);
}

static tm_tokenizer *or_nothing(tm_tokenizer *t, bool good) {
    if (good)
        return t;
    tm_tokenizer_free(t);
    return NULL;
}

tm_tokenizer *tm_tokenizer_from_gguf(const tm_gguf *g, tm_error *err) {
    tm_tokenizer *t = tm_tokenizer_new();
    return or_nothing(t, t ? read_gguf(g, t, err) : tm_fail(err, "%s: no memory", g->path));
}

/* ---- tiktoken: "<base64> <rank>\n", ranks from 0 in order
 * ---------------------------------------------------- */
static int digit64(char c) {
    return c >= 'A' && c <= 'Z'   ? c - 'A'
           : c >= 'a' && c <= 'z' ? c - 'a' + 26
           : c >= '0' && c <= '9' ? c - '0' + 52
           : c == '+'             ? 62
           : c == '/'             ? 63
                                  : -1;
}

/* Returns the number of bytes, -1 if it is no base64. */
static long decode64(const char *p, size_t n, char *out) {
    long written = 0;
    if (!n || n % 4)
        return -1;
    const size_t pads = (size_t)(p[n - 1] == '=') + (p[n - 2] == '=');
    for (size_t i = 0; i < n; i += 4) {
        uint32_t bits = 0;
        const size_t good = i + 4 == n ? 4 - pads : 4;
        for (size_t j = 0; j < 4; j++) {
            const int d = j < good ? digit64(p[i + j]) : 0;
            if (d < 0)
                return -1;
            bits = bits << 6 | (uint32_t)d;
        }
        for (size_t j = 0; j + 1 < good; j++)
            out[written++] = (char)(bits >> (16 - 8 * j));
    }
    return written;
}

static bool read_tiktoken(tm_tokenizer *t, tm_str text, const char *path, tm_error *err) {
    char bytes[1024], name[64];
    size_t line = 0;
    for (size_t at = 0; at < text.n; line++) {
        const char *p = text.p + at, *end = memchr(p, '\n', text.n - at);
        const size_t n = end ? (size_t)(end - p) : text.n - at;
        const char *space = memchr(p, ' ', n);
        const size_t base = space ? (size_t)(space - p) : 0;
        const long length = space && base < sizeof bytes ? decode64(p, base, bytes) : -1;
        unsigned long rank = 0;
        size_t digits = base + 1;
        for (; digits < n && p[digits] >= '0' && p[digits] <= '9' && rank < MOST_TOKENS; digits++)
            rank = 10 * rank + (unsigned long)(p[digits] - '0');
        if (length <= 0 || digits == base + 1 || digits != n - (n && p[n - 1] == '\r') || rank != line)
            return tm_fail(err,
                           "%s: line %zu: base64, a space and the rank %zu were expected, found something else",
                           path, line + 1, line);
        if (!tm_add_token(t, (tm_str){bytes, (size_t)length}, 0, TM_NORMAL, false))
            return tm_fail(err, "%s: no memory", path);
        at += n + 1;
    }
    for (size_t i = 0; i < LLAMA3_SPECIALS; i++)
        if (!tm_add_token(t, (tm_str){name, (size_t)tm_llama3_special(name, sizeof name, i)}, 0, TM_CONTROL,
                          false))
            return tm_fail(err, "%s: no memory", path);
    t->bos = (int64_t)line;
    t->eos = t->bos + 1;
    t->add_bos = t->ignore_merges = true;
    t->split = tm_split_new("llama3", path, err);
    return t->split && tm_finish_tables(t, path, err);
}

tm_tokenizer *tm_tokenizer_from_tiktoken(tm_str text, const char *path, tm_error *err) {
    tm_tokenizer *t = tm_tokenizer_new();
    return or_nothing(t, t ? read_tiktoken(t, text, path, err) : tm_fail(err, "%s: no memory", path));
}

/* ---- tokenizer.json -------------------------------------------------------------------------------------- */
typedef struct entry {
    tm_str text;
    uint8_t type;
} entry;

static bool place(entry *all, size_t n, int64_t id, tm_str text, uint8_t type) {
    if (id < 0 || (size_t)id >= n)
        return false;
    all[id] = (entry){text, type};
    return true;
}

static bool json_entries(const tm_json *root, entry *all, size_t n, const char *path, tm_error *err) {
    const tm_json *vocab = tm_json_get(tm_json_get(root, "model"), "vocab"),
                  *added = tm_json_get(root, "added_tokens"), *value;
    tm_str key;
    int64_t id;
    for (void *at = NULL; tm_json_next(vocab, &at, &key, &value);)
        if (!tm_json_int(value, &id) || !place(all, n, id, key, TM_NORMAL))
            return tm_fail(err, "%s: model.vocab: ids below %zu were expected, found another value", path, n);
    for (size_t i = 0; i < tm_json_size(added); i++) {
        const tm_json *one = tm_json_at(added, i);
        bool special = false;
        tm_json_bool(tm_json_get(one, "special"), &special);
        if (!tm_json_int(tm_json_get(one, "id"), &id) || !tm_json_str(tm_json_get(one, "content"), &key) ||
            !place(all, n, id, key, special ? TM_CONTROL : TM_USER))
            return tm_fail(
                err, "%s: added_tokens, entry %zu: an id below %zu and a content were expected, found others",
                path, i, n);
    }
    for (size_t i = 0; i < n; i++)
        if (!all[i].text.p)
            return tm_fail(err, "%s: a token for every id below %zu was expected, found none for %zu", path, n,
                           i);
    return true;
}

static bool json_merges(tm_tokenizer *t, const tm_json *merges, const char *path, tm_error *err) {
    const size_t n = tm_json_size(merges);
    for (size_t i = 0; i < n; i++) {
        const tm_json *one = tm_json_at(merges, i);
        tm_str left = {NULL, 0}, right = {NULL, 0};
        if (tm_json_str(one, &left)) { /* "left right", in newer files ["left", "right"] */
            const char *space = left.n > 1 ? memchr(left.p + 1, ' ', left.n - 1) : NULL;
            right = space ? (tm_str){space + 1, left.n - (size_t)(space - left.p) - 1} : right;
            left.n = space ? (size_t)(space - left.p) : 0;
        } else if (!tm_json_str(tm_json_at(one, 0), &left) || !tm_json_str(tm_json_at(one, 1), &right))
            left.n = 0;
        if (!left.n || !right.n || !tm_add_merge(t, left, right, (uint32_t)i, n))
            return tm_fail(err, "%s: model.merges, entry %zu: two tokens were expected, found others", path, i);
    }
    t->merging = n ? TM_BY_LIST : TM_BY_ID;
    return true;
}

/* Rules are told by marks: LLaMA-3's expression has "\p{N}{1,3}"; without an expression it is GPT-2's. */
static const char *json_split(const tm_json *pre) {
    tm_str s;
    if (tm_json_str(tm_json_get(tm_json_get(pre, "pattern"), "Regex"), &s))
        return memmem(s.p, s.n, "{1,3}", 5) ? "llama3" : NULL;
    const tm_json *list = tm_json_get(pre, "pretokenizers");
    for (size_t i = 0; i < tm_json_size(list); i++) {
        const char *name = json_split(tm_json_at(list, i));
        if (!name || strcmp(name, "gpt-2") != 0)
            return name;
    }
    return "gpt-2";
}

static bool read_json(tm_tokenizer *t, const tm_json *root, const char *path, tm_error *err) {
    const tm_json *model = tm_json_get(root, "model"), *vocab = tm_json_get(model, "vocab"),
                  *added = tm_json_get(root, "added_tokens");
    tm_str type;
    if (!tm_json_str(tm_json_get(model, "type"), &type) || !tm_str_is(type, "BPE") || !tm_json_is_object(vocab))
        return tm_fail(err, "%s: model.type BPE with a model.vocab was expected, found another", path);
    size_t n = tm_json_size(vocab);
    for (size_t i = 0; i < tm_json_size(added); i++) {
        int64_t id = 0;
        tm_json_int(tm_json_get(tm_json_at(added, i), "id"), &id);
        n = id >= (int64_t)n && id < MOST_TOKENS ? (size_t)id + 1 : n;
    }
    entry *all = calloc(n + 1, sizeof *all);
    bool good = all ? json_entries(root, all, n, path, err) : tm_fail(err, "%s: no memory", path);
    for (size_t i = 0; good && i < n; i++)
        good = tm_add_token(t, all[i].text, 0, all[i].type, true) || tm_fail(err, "%s: no memory", path);
    free(all);
    const char *split = json_split(tm_json_get(root, "pre_tokenizer"));
    if (good && !split)
        return tm_fail(err, "%s: pre_tokenizer: the rules of LLaMA-3 or GPT-2 were expected, found others",
                       path);
    t->split = good ? tm_split_new(split, path, err) : NULL;
    if (!t->split || !tm_finish_tables(t, path, err) ||
        !json_merges(t, tm_json_get(model, "merges"), path, err))
        return false;
    tm_json_bool(tm_json_get(model, "ignore_merges"), &t->ignore_merges);
    t->bos = tm_special_id(t, "<|begin_of_text|>");
    t->eos = tm_special_id(t, "<|end_of_text|>");
    t->add_bos = t->bos >= 0;
    return true;
}

tm_tokenizer *tm_tokenizer_from_json(tm_str text, const char *path, tm_error *err) {
    tm_json *root = tm_json_parse(text, path, err);
    tm_tokenizer *t = root ? tm_tokenizer_new() : NULL;
    t = or_nothing(t, root && (t ? read_json(t, root, path, err) : tm_fail(err, "%s: no memory", path)));
    tm_json_free(root);
    return t;
}

/* ---- any file -------------------------------------------------------------------------------------------- */
static bool is_gguf(const char *path) {
    char magic[4] = "";
    FILE *f = tm_open_file(path, NULL);
    const bool is = f && fread(magic, 1, 4, f) == 4 && !memcmp(magic, "GGUF", 4);
    if (f)
        fclose(f);
    return is;
}

tm_tokenizer *tm_tokenizer_from_file(const char *path, tm_error *err) {
    tm_buffer b = {0};
    tm_tokenizer *t = NULL;
    if (is_gguf(path)) {
        tm_gguf *g = tm_gguf_open(path, false, err);
        t = g ? tm_tokenizer_from_gguf(g, err) : NULL;
        tm_gguf_close(g);
        return t;
    }
    if (!tm_read_file(path, &b, err))
        return NULL;
    if (b.n && b.p[0] == '{')
        t = tm_tokenizer_from_json((tm_str){b.p, b.n}, path, err);
    else if (b.n)
        t = tm_tokenizer_from_tiktoken((tm_str){b.p, b.n}, path, err);
    else
        tm_fail(err, "%s: a tokenizer (GGUF, tokenizer.json, tiktoken) was expected, found an empty file",
                path);
    tm_buffer_free(&b);
    return t;
}
