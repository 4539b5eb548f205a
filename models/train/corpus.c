/* corpus.c: see corpus.h. */
#include "models/train/corpus.h"

#include "models/json.h"
#include "models/random.h"
#include "models/tokenizer/template.h"
#include <ctype.h>
#include <stdlib.h>

/* ---- documents ------------------------------------------------------------------------------------------- */
typedef struct adding {
    tm_corpus *c;
    const char *path;
    tm_tokenizer *t;
    uint32_t context;
    tm_error *err;
} adding;

static bool no_memory(const adding *a) {
    return tm_fail(a->err, "%s: memory for its tokens was expected, found none", a->path);
}

/* All ids from the learn mark's end on are `learn`. */
static bool mark(const adding *a, bool learn) {
    const char byte = learn;
    while (a->c->learn.n < a->c->ids.n)
        if (!tm_buffer_add(&a->c->learn, &byte, 1))
            return no_memory(a);
    return true;
}

/* Ids from `first` on are a document: cut into stretches of at most a context. */
static bool end_document(const adding *a, size_t first) {
    tm_corpus *c = a->c;
    c->documents++;
    for (size_t at = first, n; at + 1 < c->ids.n; at += n) {
        n = c->ids.n - 1 - at < a->context ? c->ids.n - 1 - at : a->context;
        if (c->stretches == c->room) {
            const size_t room = c->room ? 2 * c->room : 1024;
            tm_stretch *grown = realloc(c->stretch, room * sizeof *grown);
            if (!grown)
                return no_memory(a);
            c->stretch = grown;
            c->room = room;
        }
        c->stretch[c->stretches++] = (tm_stretch){at, n};
        c->inputs += n;
        for (size_t i = 1; i <= n; i++)
            c->counted += c->learn.p[at + i] != 0;
    }
    return true;
}

static bool add_text(const adding *a, tm_str text) {
    const size_t first = a->c->ids.n;
    const int64_t end = tm_eos(a->t);
    if (!tm_encode(a->t, text, TM_BOS, &a->c->ids) || (end >= 0 && !tm_ids_add(&a->c->ids, (uint32_t)end)))
        return no_memory(a);
    return mark(a, true) && end_document(a, first);
}

static tm_str line_at(tm_str all, size_t at) {
    const char *end = memchr(all.p + at, '\n', all.n - at);
    return (tm_str){all.p + at, end ? (size_t)(end - all.p) - at : all.n - at};
}

static bool is_blank(tm_str line) {
    while (line.n && isspace((unsigned char)line.p[line.n - 1]))
        line.n--;
    return !line.n;
}

/* Documents between blank lines. */
static bool add_texts(const adding *a, tm_str all) {
    size_t first = 0, end = 0; /* of the document; end = first: none yet */
    for (size_t at = 0; at < all.n;) {
        const tm_str line = line_at(all, at);
        const bool blank = is_blank(line);
        if (!blank && end == first)
            first = at;
        if (!blank)
            end = at + line.n;
        at += line.n + 1;
        if (end > first && (blank || at >= all.n)) {
            if (!add_text(a, (tm_str){all.p + first, end - first}))
                return false;
            first = end = 0;
        }
    }
    return true;
}

/* ---- dialogues ------------------------------------------------------------------------------------------- */
static bool add_message(const adding *a, const tm_message *m, bool first) {
    tm_ids *ids = &a->c->ids;
    const size_t before = ids->n;
    const bool answer = tm_str_is(m->role, "assistant");
    if (!tm_template_render(TM_TEMPLATE_LLAMA3, a->t, NULL, 0, false, answer, ids, a->err))
        return false;
    const size_t header = ids->n - before; /* of an answer: it is given, not learned */
    ids->n = before;
    if (!tm_template_render(TM_TEMPLATE_LLAMA3, a->t, m, 1, first, false, ids, a->err))
        return false;
    const size_t end = ids->n;
    ids->n = answer ? before + first + header : end;
    const bool good = mark(a, false);
    ids->n = end;
    return good && mark(a, true);
}

static bool add_dialogue(const adding *a, const char *where, tm_str line) {
    tm_json *root = tm_json_parse(line, where, a->err);
    if (!root)
        return false;
    const tm_json *messages = tm_json_get(root, "messages");
    const size_t n = tm_json_size(messages), first = a->c->ids.n;
    bool good = n && tm_json_is_array(messages), learned = false;
    for (size_t i = 0; good && i < n; i++) {
        tm_message m;
        good = tm_json_str(tm_json_get(tm_json_at(messages, i), "role"), &m.role) &&
               tm_json_str(tm_json_get(tm_json_at(messages, i), "content"), &m.content);
        if (!good)
            break;
        learned = learned || tm_str_is(m.role, "assistant");
        if (!add_message(a, &m, i == 0)) {
            tm_json_free(root);
            return false;
        }
    }
    tm_json_free(root);
    if (!good || !learned)
        return tm_fail(
            a->err,
            "%s: {\"messages\": [{\"role\", \"content\"}, ...]} with an assistant was expected, found "
            "something else",
            where);
    return end_document(a, first);
}

static bool add_dialogues(const adding *a, tm_str all) {
    char where[4200];
    size_t number = 1;
    for (size_t at = 0; at < all.n; number++) {
        const tm_str line = line_at(all, at);
        snprintf(where, sizeof where, "%s:%zu", a->path, number);
        if (!is_blank(line) && !add_dialogue(a, where, line))
            return false;
        at += line.n + 1;
    }
    return true;
}

bool tm_corpus_add(tm_corpus *c, const char *path, tm_tokenizer *t, uint32_t context, tm_error *err) {
    const adding a = {c, path, t, context, err};
    const size_t before = c->stretches, n = strlen(path);
    tm_buffer b = {0};
    if (!tm_read_file(path, &b, err)) {
        tm_buffer_free(&b);
        return false;
    }
    const tm_str all = {b.p, b.n};
    const bool good = n > 6 && !strcmp(path + n - 6, ".jsonl") ? add_dialogues(&a, all) : add_texts(&a, all);
    tm_buffer_free(&b);
    return good && (c->stretches > before ||
                    tm_fail(err, "%s: a document of at least two tokens was expected, found none", path));
}

void tm_corpus_free(tm_corpus *c) {
    tm_ids_free(&c->ids);
    tm_buffer_free(&c->learn);
    free(c->stretch);
    *c = (tm_corpus){0};
}

/* ---- batches --------------------------------------------------------------------------------------------- */
bool tm_deal_new(tm_deal *d, const tm_corpus *c, size_t most, uint64_t seed, bool in_turn, tm_error *err) {
    *d = (tm_deal){.corpus = c,
                   .seed = seed,
                   .order = malloc((c->stretches + 1) * sizeof *d->order),
                   .in_turn = in_turn,
                   .token = malloc(most * sizeof *d->token),
                   .start = malloc((most + 1) * sizeof *d->start),
                   .target = malloc(most * sizeof *d->target),
                   .most = most};
    if (!d->order || !d->token || !d->start || !d->target) {
        tm_deal_free(d);
        return tm_fail(err, "--batch: memory for a batch of %zu tokens was expected, found none", most);
    }
    tm_deal_seek(d, 0, 0);
    return true;
}

void tm_deal_free(tm_deal *d) {
    free(d->order);
    free(d->token);
    free(d->start);
    free(d->target);
    *d = (tm_deal){0};
}

void tm_deal_seek(tm_deal *d, uint64_t epoch, uint64_t at) {
    const size_t n = d->corpus->stretches;
    uint64_t state = (d->seed + 1) * 0x9e3779b97f4a7c15u ^ epoch;
    d->epoch = epoch;
    d->at = at;
    for (size_t i = 0; i < n; i++)
        d->order[i] = (uint32_t)i;
    for (size_t i = n; i > 1 && !d->in_turn; i--) { /* Fisher and Yates */
        const size_t j = (size_t)(tm_random(&state) % i);
        const uint32_t other = d->order[i - 1];
        d->order[i - 1] = d->order[j];
        d->order[j] = other;
    }
}

tm_batch tm_deal_next(tm_deal *d) {
    const tm_corpus *c = d->corpus;
    tm_batch b = {.token = d->token, .target = d->target, .start = d->start};
    if (d->at >= c->stretches)
        tm_deal_seek(d, d->epoch + 1, 0);
    for (; d->at < c->stretches; d->at++) {
        const tm_stretch s = c->stretch[d->order[d->at]];
        if (b.n + s.n > d->most)
            break;
        d->start[b.documents++] = (uint32_t)b.n;
        for (size_t i = 0; i < s.n; i++) {
            const bool learn = c->learn.p[s.first + i + 1];
            d->token[b.n] = c->ids.p[s.first + i];
            d->target[b.n++] = learn ? (int32_t)c->ids.p[s.first + i + 1] : -1;
            b.counted += learn;
        }
    }
    d->start[b.documents] = (uint32_t)b.n;
    return b;
}
