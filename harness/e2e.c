/* e2e.c: see e2e.h. */
#include "harness/e2e.h"
#include "harness/op.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* What scanf takes from a file of an energy zone. */
static bool zone(int i, const char *file, const char *format, void *to) {
    char path[96];
    snprintf(path, sizeof path, "/sys/class/powercap/intel-rapl:%d/%s", i, file);
    FILE *f = fopen(path, "r");
    const bool good = f && fscanf(f, format, to) == 1;
    if (f)
        fclose(f);
    return good;
}

double tl_e2e_energy(void) {
    double sum = -1, uj;
    char name[32];
    for (int i = 0; i < 16 && zone(i, "name", "%31s", name);
         i++) /* psys, of the whole system, has packages in it */
        if (!strncmp(name, "package", 7) && zone(i, "energy_uj", "%lf", &uj))
            sum = (sum < 0 ? 0 : sum) + uj;
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

/* Drawn from the whole vocabulary: random weights make no difference between likely and unlikely ones. First
 * what lies in the caches, then the prompts, each sequence after the other; the last of a prompt has logits. */
static tm_item *draw(const tl_e2e_way *w, uint32_t vocab, uint64_t seed) {
    tl_rng r;
    const size_t cached = w->batch * w->depth, n = cached + w->batch * w->prompt;
    tm_item *items = malloc((n + 1) * sizeof *items);
    tl_rng_seed(&r, seed);
    for (size_t i = 0; items && i < n; i++) {
        const size_t sequence = i < cached ? i / w->depth : (i - cached) / w->prompt;
        const bool last = i >= cached && (i - cached) % w->prompt + 1 == w->prompt;
        items[i] = (tm_item){(uint32_t)tl_rng_below(&r, vocab), (uint32_t)sequence, last, last};
    }
    return items;
}

static void choose(tm_item *next, const float *logits, size_t batch, uint32_t vocab) {
    for (size_t q = 0; q < batch; q++)
        next[q] = (tm_item){largest(logits + q * vocab, vocab), (uint32_t)q, true, 1};
}

static bool decode(tm_session *s, const tl_e2e_way *w, tm_item *next, float *logits, tl_e2e_round *r,
                   tm_error *err) {
    tm_session_times_reset(s);
    const double start = tl_seconds();
    double last = start;
    for (size_t i = 0; i + 1 < w->gen; i++) {
        if (!tm_session_eval(s, next, w->batch, logits, err))
            return false;
        choose(next, logits, w->batch, tm_session_vocab(s));
        const double t = tl_seconds();
        r->each[i] = t - last;
        last = t;
    }
    r->decode = last - start;
    tm_session_times(s, r->parts);
    return true;
}

bool tl_e2e_measure(tm_session *s, const tl_e2e_way *w, uint64_t seed, tl_e2e_round *r, tm_error *err) {
    const uint32_t vocab = tm_session_vocab(s);
    const size_t cached = w->batch * w->depth;
    tm_item *items = draw(w, vocab, seed), *next = malloc(w->batch * sizeof *next);
    float *logits = malloc(w->batch * vocab * sizeof *logits);
    bool good = (items && next && logits) || tm_fail(err, "e2e: no memory");
    for (unsigned q = 0; q < tm_session_sequences(s); q++)
        tm_session_cut(s, q, 0);
    good = good && tm_session_eval(s, items, cached, NULL, err);
    const double cpu = tl_e2e_cpu_seconds(), energy = tl_e2e_energy(), start = tl_seconds();
    good = good && tm_session_eval(s, items + cached, w->batch * w->prompt, logits, err);
    r->prefill = tl_seconds() - start;
    if (good)
        choose(next, logits, w->batch, vocab);
    r->first = tl_seconds() - start;
    good = good && decode(s, w, next, logits, r, err);
    const double after = tl_e2e_energy();
    r->cpu = (tl_e2e_cpu_seconds() - cpu) / (tl_seconds() - start);
    r->joules = energy < 0 || after < energy ? -1 : 1e-6 * (after - energy);
    free(items);
    free(next);
    free(logits);
    return good;
}
