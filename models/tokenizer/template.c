/* template.c: see template.h. */
#include "models/tokenizer/template.h"

#include <ctype.h>

const char *const tm_template_names[TM_TEMPLATES] = {"llama3", "bitnet", "plain"};

bool tm_template_find(const char *name, tm_template *out) {
    for (int i = 0; i < TM_TEMPLATES; i++)
        if (!strcmp(name, tm_template_names[i])) {
            *out = (tm_template)i;
            return true;
        }
    return false;
}

static bool contains(tm_str s, const char *mark) {
    return memmem(s.p, s.n, mark, strlen(mark)) != NULL;
}

bool tm_template_of(const tm_gguf *file, const tm_tokenizer *t, tm_template *out, tm_error *err) {
    tm_str text = {"", 0}, arch = {"", 0};
    const bool headers = tm_special_id(t, "<|start_header_id|>") >= 0,
               turns = tm_special_id(t, "<|eot_id|>") >= 0;
    if (tm_value_str(tm_gguf_find(file, "tokenizer.chat_template"), &text)) {
        if (contains(text, "<|start_header_id|>") && headers)
            return *out = TM_TEMPLATE_LLAMA3, true;
        if (contains(text, "<|eot_id|>") && turns)
            return *out = TM_TEMPLATE_BITNET, true;
    }
    tm_value_str(tm_gguf_find(file, "general.architecture"), &arch);
    /* What files of bitnet have there is not always what the model was trained with. */
    if (turns && arch.n >= 6 && !memcmp(arch.p, "bitnet", 6))
        return *out = TM_TEMPLATE_BITNET, true;
    if (text.n)
        return tm_fail(
            err,
            "%s: key \"tokenizer.chat_template\": the template of LLaMA-3 or BitNet was expected, found "
            "another (--template chooses one)",
            file->path);
    return *out = headers && turns ? TM_TEMPLATE_LLAMA3 : TM_TEMPLATE_PLAIN, true;
}

const char *tm_template_stop(tm_template t) {
    return t == TM_TEMPLATE_PLAIN ? "\nUser:" : "";
}

static tm_str trimmed(tm_str s) {
    while (s.n && isspace((unsigned char)s.p[0])) {
        s.p++;
        s.n--;
    }
    while (s.n && isspace((unsigned char)s.p[s.n - 1]))
        s.n--;
    return s;
}

typedef struct writer {
    tm_tokenizer *t;
    tm_ids *ids;
    tm_error *err;
    bool begun; /* something is written: text goes on behind it */
} writer;

static bool text(writer *w, tm_str s) {
    const unsigned flags = w->begun ? TM_CONTINUE : 0;
    w->begun = true;
    return tm_encode(w->t, s, flags, w->ids) || tm_fail(w->err, "chat: no memory");
}

static bool special(writer *w, const char *name) {
    const int64_t id = tm_special_id(w->t, name);
    w->begun = true;
    if (id < 0)
        return tm_fail(w->err, "--template: a vocabulary with %s was expected, found none", name);
    return tm_ids_add(w->ids, (uint32_t)id) || tm_fail(w->err, "chat: no memory");
}

/* "Role: content" as one text, so that the blank goes with the first word as in training. */
static bool role_text(writer *w, tm_str role, tm_str content, const char *end) {
    tm_buffer b = {0};
    const char upper = role.n ? (char)toupper((unsigned char)role.p[0]) : 'U';
    bool good = tm_buffer_add(&b, &upper, 1) &&
                tm_buffer_add(&b, role.p + (role.n > 0), role.n ? role.n - 1 : 0) &&
                tm_buffer_add(&b, ": ", 2) && tm_buffer_add(&b, content.p, content.n) &&
                tm_buffer_add(&b, end, strlen(end));
    good = good ? text(w, (tm_str){b.p, b.n}) : tm_fail(w->err, "chat: no memory");
    tm_buffer_free(&b);
    return good;
}

static bool header(writer *w, tm_str role) {
    return special(w, "<|start_header_id|>") && text(w, role) && special(w, "<|end_header_id|>") &&
           text(w, tm_str_of("\n\n"));
}

static bool message(writer *w, tm_template t, const tm_message *m) {
    const tm_str content = trimmed(m->content);
    switch (t) {
    case TM_TEMPLATE_LLAMA3:
        return header(w, m->role) && text(w, content) && special(w, "<|eot_id|>");
    case TM_TEMPLATE_BITNET:
        return role_text(w, m->role, content, "") && special(w, "<|eot_id|>");
    default:
        return role_text(w, m->role, content, "\n");
    }
}

static bool opening(writer *w, tm_template t) {
    switch (t) {
    case TM_TEMPLATE_LLAMA3:
        return header(w, tm_str_of("assistant"));
    case TM_TEMPLATE_BITNET:
        return role_text(w, tm_str_of("assistant"), (tm_str){"", 0}, "");
    default:
        return text(w, tm_str_of("Assistant:"));
    }
}

bool tm_template_render(tm_template t, tm_tokenizer *tokenizer, const tm_message *m, size_t n, bool first,
                        bool open, tm_ids *ids, tm_error *err) {
    writer w = {tokenizer, ids, err, !first};
    bool good = !first || tm_encode(tokenizer, (tm_str){"", 0}, TM_BOS, ids) || tm_fail(err, "chat: no memory");
    for (size_t i = 0; good && i < n; i++)
        good = message(&w, t, &m[i]);
    return good && (!open || opening(&w, t));
}

/* Ids from *kept on have the stop text in them: "\n" in its place, together with what stands before it in the
 * first of them. */
static bool replace_stop(writer *w, tm_str stop, size_t from, size_t *kept) {
    tm_ids *ids = w->ids;
    tm_buffer b = {0};
    const char *at = NULL;
    bool good = true;
    while (good && !at && *kept > from) {
        b.n = 0;
        for (size_t i = --*kept; good && i < ids->n; i++)
            good = ids->p[i] >= tm_vocab(w->t) || tm_decode_next(w->t, ids->p[i], false, &b);
        at = b.n ? memmem(b.p, b.n, stop.p, stop.n) : NULL;
    }
    b.n = at ? (size_t)(at - b.p) : 0;
    ids->n = *kept;
    good = (good && tm_buffer_add(&b, "\n", 1) && text(w, (tm_str){b.p, b.n})) ||
           tm_fail(w->err, "chat: no memory");
    tm_buffer_free(&b);
    return good;
}

bool tm_template_close(tm_template t, tm_tokenizer *tokenizer, tm_ids *ids, size_t from, bool at_text,
                       size_t *kept, tm_error *err) {
    writer w = {tokenizer, ids, err, true};
    const int64_t end = t == TM_TEMPLATE_PLAIN ? TM_NO_TOKEN : tm_special_id(tokenizer, "<|eot_id|>");
    *kept = ids->n;
    if (at_text)
        return replace_stop(&w, tm_str_of(tm_template_stop(t)), from, kept);
    if (ids->n > from && (int64_t)ids->p[ids->n - 1] == end)
        return true;
    if (ids->n > from && tm_is_stop(tokenizer, ids->p[ids->n - 1]))
        *kept = --ids->n;
    return end == TM_NO_TOKEN ? text(&w, tm_str_of("\n")) : special(&w, "<|eot_id|>");
}
