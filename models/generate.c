/* generate.c: see generate.h and steps.h. */
#include "models/steps.h"

#include <stdlib.h>
#include <time.h>

const char *const tm_reason_names[] = {"limit of tokens", "stop token", "stop text", "context full",
                                       "interrupted"};

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Evaluates ids and leaves the logits of the last one. */
static bool read_ids(const tm_run *r, const uint32_t *ids, size_t n, float *logits) {
    tm_item *items = malloc((n + 1) * sizeof *items);
    if (!items)
        return tm_fail(r->err, "generate: no memory");
    for (size_t i = 0; i < n; i++)
        items[i] = (tm_item){ids[i], 0, logits && i + 1 == n, tm_sampler_needs(r->sampler)};
    const bool good = tm_session_eval(r->s, items, n, logits, r->err);
    free(items);
    return good;
}

uint32_t *tm_run_window(const tm_run *r, const tm_ids *ids, size_t *n) {
    const size_t context = tm_session_context(r->s),
                 keep = r->how->keep < context / 2 ? r->how->keep : context / 2;
    const size_t newer = context - keep > 1 ? (context - keep) / 2 : 1; /* the last one is always among them */
    uint32_t *kept = malloc((keep + newer) * sizeof *kept);
    *n = keep + newer;
    if (!kept) {
        tm_fail(r->err, "generate: no memory");
        return NULL;
    }
    memcpy(kept, ids->p, keep * sizeof *kept);
    memcpy(kept + keep, ids->p + ids->n - newer, newer * sizeof *kept);
    return kept;
}

/* All but the last of what is kept. */
static bool slide(const tm_run *r, const tm_ids *ids) {
    size_t n;
    uint32_t *kept = tm_run_window(r, ids, &n);
    if (!kept)
        return false;
    tm_session_cut(r->s, 0, 0);
    const bool good = read_ids(r, kept, n - 1, NULL);
    free(kept);
    return good;
}

static bool keep_time(tm_run *r, double seconds) {
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

bool tm_run_begin(tm_run *r, const tm_ids *ids, size_t known) {
    const uint32_t context = tm_session_context(r->s);
    *r->stats = (tm_stats){.prompt = ids->n - known};
    if (ids->n <= known)
        return tm_fail(r->err, "PROMPT: at least one token was expected, found none");
    if (ids->n > context)
        return tm_fail(r->err, "PROMPT: at most %u tokens (the context) were expected, found %zu", context,
                       ids->n);
    for (size_t i = known > r->how->heard ? known : r->how->heard; i < ids->n; i++)
        tm_sampler_accept(r->sampler, ids->p[i]);
    r->start = now();
    return true;
}

bool tm_run_full(const tm_run *r) {
    return tm_session_length(r->s, r->sequence) - r->ahead == tm_session_context(r->s);
}

bool tm_run_take(tm_run *r, tm_ids *ids, bool *more) {
    tm_stats *st = r->stats;
    *more = false;
    if (!st->made)
        st->prefill = now() - r->start;
    const int64_t id = tm_sampler_pick(r->sampler, r->logits);
    if (id < 0)
        return tm_fail(r->err,
                       "generate: a logit that is a number was expected, found none (damaged weights?)");
    if (!tm_ids_add(ids, (uint32_t)id))
        return tm_fail(r->err, "generate: no memory");
    tm_sampler_accept(r->sampler, (uint32_t)id);
    const double t = now();
    if (st->made++)
        st->decode += t - r->last;
    else
        st->first = t - r->start;
    if (st->made > 1 && !keep_time(r, t - r->last))
        return false;
    r->last = t;
    if (r->how->token && !r->how->token(r->how->ctx, (uint32_t)id, &st->reason))
        return true;
    if (r->how->interrupt && *r->how->interrupt)
        st->reason = TM_INTERRUPTED;
    else if (st->made < r->how->most && tm_run_full(r) && !r->how->slide)
        st->reason = TM_AT_CONTEXT;
    else
        *more = st->made < r->how->most;
    return true;
}

/* Makes tokens until something ends it. The logits of the last token read are there. */
static bool make(tm_run *r, tm_lookup *l, tm_ids *ids) {
    bool more = r->how->most > 0;
    while (more) {
        r->logits = tm_lookup_logits(l);
        r->ahead = tm_lookup_ahead(l);
        if (!tm_run_take(r, ids, &more))
            return false;
        if (!more || tm_lookup_accept(l, ids->p[ids->n - 1]))
            continue;
        r->ahead = 0;
        if (tm_run_full(r) && !slide(r, ids))
            return false;
        if (!tm_lookup_read(l, ids->p, ids->n, r->how->most - r->stats->made - 1, tm_sampler_needs(r->sampler),
                            r->err))
            return false;
    }
    return true;
}

bool tm_generate(tm_session *s, tm_sampler *sampler, const tm_generation *how, tm_ids *ids, size_t known,
                 tm_stats *stats, tm_error *err) {
    tm_run r = {.s = s, .sampler = sampler, .how = how, .stats = stats, .err = err};
    if (!tm_run_begin(&r, ids, known))
        return false;
    tm_lookup *l = tm_lookup_new(s, how->lookup, how->lookup_always);
    if (!l)
        return tm_fail(err, "generate: no memory");
    const bool good = read_ids(&r, ids->p + known, ids->n - known, tm_lookup_logits(l)) && make(&r, l, ids);
    tm_lookup_cut(l);
    stats->lookup = tm_lookup_counted(l);
    tm_lookup_free(l);
    return good;
}
