/* e2e.c: see e2e.h. */
#include "harness/e2e.h"
#include "harness/op.h"
#include "models/lookup.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

double tl_e2e_energy(void) {
    double sum = -1;
    for (int i = 0; i < 8; i++) {
        char path[96];
        double uj;
        snprintf(path, sizeof path, "/sys/class/powercap/intel-rapl:%d/energy_uj", i);
        FILE *f = fopen(path, "r");
        if (!f)
            break;
        if (fscanf(f, "%lf", &uj) == 1)
            sum = (sum < 0 ? 0 : sum) + uj;
        fclose(f);
    }
    return sum;
}

double tl_e2e_cpu_seconds(void) {
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           1e-6 * (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

double tl_e2e_peak_rss_mb(void) {
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)u.ru_maxrss * 1024 / 1e6;
}

static uint32_t largest(const float *logits, uint32_t n) {
    uint32_t best = 0;
    for (uint32_t i = 1; i < n; i++)
        best = logits[i] > logits[best] ? i : best;
    return best;
}

/* Drawn from the whole vocabulary: random weights make no difference between likely and unlikely ones. */
static tm_item *draw(size_t n, uint32_t vocab, uint64_t seed) {
    tl_rng r;
    tm_item *items = malloc((n + 1) * sizeof *items);
    tl_rng_seed(&r, seed);
    for (size_t i = 0; items && i < n; i++)
        items[i] = (tm_item){(uint32_t)tl_rng_below(&r, vocab), 0, false};
    return items;
}

/* Behind the n ids that were read there is room for the new ones. */
static bool decode(tm_session *s, const tl_e2e_way *w, tm_lookup *l, uint32_t *ids, size_t n, tl_e2e_round *r,
                   tm_error *err) {
    const uint32_t vocab = tm_session_vocab(s);
    ids[n++] = largest(tm_lookup_logits(l), vocab);
    tm_session_times_reset(s);
    const double start = tl_seconds();
    double last = start;
    for (size_t i = 0; i + 1 < w->gen; i++) {
        if (!tm_lookup_accept(l, ids[n - 1]) && !tm_lookup_read(l, ids, n, w->gen - i - 2, 1, err))
            return false;
        ids[n++] = largest(tm_lookup_logits(l), vocab);
        const double t = tl_seconds();
        r->each[i] = t - last;
        last = t;
    }
    r->decode = last - start;
    r->passes = tm_lookup_counted(l).passes;
    tm_session_times(s, r->parts);
    return true;
}

bool tl_e2e_measure(tm_session *s, const tl_e2e_way *w, uint64_t seed, tl_e2e_round *r, tm_error *err) {
    const size_t n = w->depth + w->prompt;
    tm_item *items = draw(n, tm_session_vocab(s), seed);
    uint32_t *ids = malloc((n + w->gen + 1) * sizeof *ids);
    tm_lookup *l = tm_lookup_new(s, w->lookup, false);
    bool good = (items && ids && l) || tm_fail(err, "e2e: no memory");
    for (size_t i = 0; i < n && good; i++)
        ids[i] = items[i].token;
    tm_session_cut(s, 0, 0);
    good = good && tm_session_eval(s, items, w->depth, NULL, err);
    const double cpu = tl_e2e_cpu_seconds(), energy = tl_e2e_energy(), start = tl_seconds();
    if (good) {
        items[n - 1].logits = true;
        items[n - 1].best = 1;
    }
    good = good && tm_session_eval(s, items + w->depth, w->prompt, tm_lookup_logits(l), err);
    r->prefill = tl_seconds() - start;
    if (good)
        largest(tm_lookup_logits(l), tm_session_vocab(s));
    r->first = tl_seconds() - start;
    good = good && decode(s, w, l, ids, n, r, err);
    const double after = tl_e2e_energy();
    r->cpu = (tl_e2e_cpu_seconds() - cpu) / (tl_seconds() - start);
    r->joules = energy < 0 || after < energy ? -1 : 1e-6 * (after - energy);
    free(items);
    free(ids);
    tm_lookup_free(l);
    return good;
}
