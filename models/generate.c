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
    tm_sampler *sampler;
    const tm_generation *how;
    tm_stats *stats;
    tm_error *err;
    tm_lookup *lookup;
    size_t each_room;
} run;

/* Evaluates ids, for the logits of the last one or for none. */
static bool read_ids(run *r, const uint32_t *ids, size_t n, float *logits) {
    tm_item *items = malloc((n + 1) * sizeof *items);
    if (!items)
        return tm_fail(r->err, "generate: no memory");
    for (size_t i = 0; i < n; i++)
        items[i] = (tm_item){ids[i], 0, logits && i + 1 == n, tm_sampler_needs(r->sampler)};
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
        const int64_t id = tm_sampler_pick(r->sampler, tm_lookup_logits(r->lookup));
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
        if (r->how->token && !r->how->token(r->how->ctx, (uint32_t)id, &st->reason))
            return true;
        if (r->how->interrupt && *r->how->interrupt) {
            st->reason = TM_INTERRUPTED;
            return true;
        }
        if (st->made == r->how->most)
            return true;
        if (tm_lookup_accept(r->lookup, (uint32_t)id))
            continue;
        if (tm_session_length(r->s, 0) == tm_session_context(r->s)) {
            if (!r->how->slide) {
                st->reason = TM_AT_CONTEXT;
                return true;
            }
            if (!slide(r, ids))
                return false;
        }
        if (!tm_lookup_read(r->lookup, ids->p, ids->n, r->how->most - st->made - 1,
                            tm_sampler_needs(r->sampler), r->err))
            return false;
    }
    return true;
}

bool tm_generate(tm_session *s, tm_sampler *sampler, const tm_generation *how, tm_ids *ids, size_t known,
                 tm_stats *stats, tm_error *err) {
    const uint32_t context = tm_session_context(s);
    run r = {.s = s, .sampler = sampler, .how = how, .stats = stats, .err = err};
    *stats = (tm_stats){.prompt = ids->n - known};
    if (ids->n <= known)
        return tm_fail(err, "PROMPT: at least one token was expected, found none");
    if (ids->n > context)
        return tm_fail(err, "PROMPT: at most %u tokens (the context) were expected, found %zu", context,
                       ids->n);
    r.lookup = tm_lookup_new(s, how->lookup, how->lookup_always);
    if (!r.lookup)
        return tm_fail(err, "generate: no memory");
    for (size_t i = known; i < ids->n; i++)
        tm_sampler_accept(sampler, ids->p[i]);
    const double start = now();
    bool good = read_ids(&r, ids->p + known, ids->n - known, tm_lookup_logits(r.lookup));
    stats->prefill = now() - start;
    good = good && make(&r, ids, start);
    tm_lookup_cut(r.lookup);
    stats->lookup = tm_lookup_counted(r.lookup);
    tm_lookup_free(r.lookup);
    return good;
}
