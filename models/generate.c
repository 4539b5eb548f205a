/* generate.c: see generate.h. */
#include "models/generate.h"

#include <stdlib.h>
#include <time.h>

const char *const tm_reason_names[] = {"limit of tokens", "stop token", "stop text", "context full",
                                       "interrupted"};

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

typedef struct run {
    tm_session *s;
    tm_tokenizer *t;
    tm_sampler *sampler;
    const tm_generation *how;
    tm_stats *stats;
    tm_error *err;
    float *logits;
    tm_utf8 utf8;
    tm_buffer held; /* text that may be the beginning of a stop */
    size_t each_room;
} run;

/* Evaluates ids and leaves the logits of the last one. */
static bool read_ids(run *r, const uint32_t *ids, size_t n, float *logits) {
    tm_item *items = malloc((n + 1) * sizeof *items);
    if (!items)
        return tm_fail(r->err, "generate: no memory");
    for (size_t i = 0; i < n; i++)
        items[i] = (tm_item){ids[i], 0, logits && i + 1 == n};
    const bool good = tm_session_eval(r->s, items, n, logits, r->err);
    free(items);
    return good;
}

/* The context is full: what is kept is read anew, at positions from 0 on, so that the text that follows depends
 * on the ids kept and on nothing else. */
static bool slide(run *r, tm_ids *ids) {
    const size_t context = tm_session_context(r->s),
                 keep = r->how->keep < context / 2 ? r->how->keep : context / 2;
    const size_t newer = (context - keep) / 2, n = ids->n;
    uint32_t *kept = malloc((keep + newer) * sizeof *kept);
    if (!kept)
        return tm_fail(r->err, "generate: no memory");
    memcpy(kept, ids->p, keep * sizeof *kept);
    memcpy(kept + keep, ids->p + n - newer, newer * sizeof *kept);
    tm_session_cut(r->s, 0, 0);
    const bool good = read_ids(r, kept, keep + newer - 1, NULL);
    free(kept);
    return good;
}

static bool emit(run *r, const char *p, size_t n) {
    return !n || !r->how->emit || r->how->emit(r->how->ctx, p, n);
}

/* Passes on what cannot be part of a stop text. False: a stop was found, or the listener has enough. */
static bool pass_on(run *r, bool *found) {
    const char *p = r->held.p;
    const size_t n = r->held.n;
    size_t safe = n;
    *found = false;
    for (size_t at = 0; at < safe; at++)
        for (size_t i = 0; i < r->how->nstops; i++) {
            const tm_str stop = r->how->stops[i];
            const size_t rest = n - at < stop.n ? n - at : stop.n;
            if (!stop.n || memcmp(p + at, stop.p, rest) != 0)
                continue;
            if (rest == stop.n) {
                *found = true;
                r->held.n = 0;
                emit(r, p, at);
                return false;
            }
            safe = safe < at ? safe : at;
        }
    const bool good = emit(r, p, safe);
    memmove(r->held.p, r->held.p + safe, n - safe);
    r->held.n = n - safe;
    return good;
}

/* The text of a new token. False: it ends here. */
static bool show(run *r, uint32_t id) {
    char chunk[1028];
    bool found;
    if (!r->t)
        return true;
    tm_buffer text = {0};
    bool good = tm_decode(r->t, &id, 1, false, &text);
    for (size_t at = 0; good && at < text.n; at += 1024) {
        const size_t n = text.n - at < 1024 ? text.n - at : 1024;
        good = tm_buffer_add(&r->held, chunk, tm_utf8_push(&r->utf8, text.p + at, n, chunk));
    }
    tm_buffer_free(&text);
    if (!good || (r->held.n && !pass_on(r, &found))) {
        r->stats->reason = good && found ? TM_AT_STOP_TEXT : TM_INTERRUPTED;
        return false;
    }
    return true;
}

static void show_rest(run *r) {
    char rest[4];
    if (r->stats->reason == TM_AT_STOP_TEXT)
        return;
    emit(r, r->held.p, r->held.n);
    emit(r, rest, tm_utf8_flush(&r->utf8, rest));
}

static bool keep_time(run *r, double seconds) {
    tm_stats *st = r->stats;
    if (st->made - 2 >= r->each_room) {
        r->each_room = r->each_room ? 2 * r->each_room : 64;
        double *p = realloc(st->each, r->each_room * sizeof *p);
        if (!p)
            return tm_fail(r->err, "generate: no memory");
        st->each = p;
    }
    st->each[st->made - 2] = seconds;
    return true;
}

/* Makes tokens until something ends it. The logits of the last token read are there. */
static bool make(run *r, tm_ids *ids, double start) {
    tm_stats *st = r->stats;
    double last = 0;
    for (st->reason = TM_AT_LIMIT; st->made < r->how->most;) {
        const int64_t id = tm_sampler_pick(r->sampler, r->logits);
        if (id < 0)
            return tm_fail(r->err,
                           "generate: a logit that is a number was expected, found none (damaged weights?)");
        if (!tm_ids_add(ids, (uint32_t)id))
            return tm_fail(r->err, "generate: no memory");
        tm_sampler_accept(r->sampler, (uint32_t)id);
        const double t = now();
        if (st->made++)
            st->decode += t - last;
        else
            st->first = t - start;
        if (st->made > 1 && !keep_time(r, t - last))
            return false;
        last = t;
        if (r->t && !r->how->ignore_stops && tm_is_stop(r->t, (uint32_t)id)) {
            st->reason = TM_AT_STOP_TOKEN;
            return true;
        }
        if (!show(r, (uint32_t)id))
            return true;
        if (r->how->interrupt && *r->how->interrupt) {
            st->reason = TM_INTERRUPTED;
            return true;
        }
        if (st->made == r->how->most)
            return true;
        if (tm_session_length(r->s, 0) == tm_session_context(r->s)) {
            if (!r->how->slide) {
                st->reason = TM_AT_CONTEXT;
                return true;
            }
            if (!slide(r, ids))
                return false;
        }
        if (!read_ids(r, ids->p + ids->n - 1, 1, r->logits))
            return false;
    }
    return true;
}

bool tm_generate(tm_session *s, tm_tokenizer *t, tm_sampler *sampler, const tm_generation *how, tm_ids *ids,
                 size_t known, tm_stats *stats, tm_error *err) {
    const uint32_t context = tm_session_context(s);
    run r = {.s = s, .t = t, .sampler = sampler, .how = how, .stats = stats, .err = err};
    *stats = (tm_stats){.prompt = ids->n - known};
    if (ids->n <= known)
        return tm_fail(err, "PROMPT: at least one token was expected, found none");
    if (ids->n > context)
        return tm_fail(err, "PROMPT: at most %u tokens (the context) were expected, found %zu", context,
                       ids->n);
    r.logits = malloc(tm_session_vocab(s) * sizeof *r.logits);
    if (!r.logits)
        return tm_fail(err, "generate: no memory");
    for (size_t i = known; i < ids->n; i++)
        tm_sampler_accept(sampler, ids->p[i]);
    const double start = now();
    bool good = read_ids(&r, ids->p + known, ids->n - known, r.logits);
    stats->prefill = now() - start;
    good = good && make(&r, ids, start);
    if (good)
        show_rest(&r);
    tm_buffer_free(&r.held);
    free(r.logits);
    return good;
}
