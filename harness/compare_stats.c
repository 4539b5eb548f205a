/* compare_stats.c: see compare_stats.h. */
#include "harness/compare_stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const tl_change_names[TL_CHANGE_KINDS] = {
    [TL_SLOW] = "SLOW", [TL_FAST] = "FAST", [TL_AMBG] = "AMBG", [TL_SAME] = "SAME"};
const tl_change_rules tl_change_usual = {
    .threshold = 0.05, .confidence = 0.95, .discoveries = 0.05, .resamples = 1999};

enum { FEW_SAMPLES = 5, FEW_PAIRS = 6, MOST_EXACT = 40 };

static void *room(size_t n, size_t size) {
    void *p = calloc(n ? n : 1, size);
    if (!p)
        abort();
    return p;
}

/* ---- rank tests ------------------------------------------------------------------------------------------ */
typedef struct ranked {
    double x;
    size_t at;
} ranked;

static int by_value(const void *a, const void *b) {
    const double x = ((const ranked *)a)->x, y = ((const ranked *)b)->x;
    return (x > y) - (x < y);
}

/* Twice the midranks, which are whole numbers; and the sum of t^3 - t over groups of t equal values. */
static size_t *midranks(const double *x, size_t n, double *ties) {
    ranked *r = room(n, sizeof *r);
    size_t *twice = room(n, sizeof *twice);
    for (size_t i = 0; i < n; i++)
        r[i] = (ranked){x[i], i};
    qsort(r, n, sizeof *r, by_value);
    *ties = 0;
    for (size_t from = 0, to; from < n; from = to) {
        for (to = from + 1; to < n && r[to].x <= r[from].x; to++)
            ;
        for (size_t i = from; i < to; i++)
            twice[r[i].at] = from + to + 1; /* ranks from + 1 .. to */
        const double t = (double)(to - from);
        *ties += t * t * t - t;
    }
    free(r);
    return twice;
}

/* Two-sided p of a sum that was found, from how many ways there are to each sum. */
static double tails(const double *ways, size_t sums, size_t found) {
    double low = 0, high = 0, all = 0;
    for (size_t s = 0; s < sums; s++) {
        all += ways[s];
        low += s <= found ? ways[s] : 0;
        high += s >= found ? ways[s] : 0;
    }
    return fmin(1, 2 * fmin(low, high) / all);
}

/* Two-sided p of a normal sum; half a step for continuity. */
static double normal_tails(double found, double mean, double variance) {
    const double z = variance > 0 ? fmax(0, fabs(found - mean) - 0.5) / sqrt(variance) : 0;
    return erfc(z / sqrt(2));
}

/* ways[c][s]: choices of c of the ranks with sum s, rank by rank. */
static double exact_choice(const size_t *rank, size_t n, size_t chosen, size_t found) {
    const size_t sums = n * (n + 1) + 1;
    double *ways = room((chosen + 1) * sums, sizeof *ways);
    ways[0] = 1;
    for (size_t i = 0; i < n; i++)
        for (size_t c = chosen < i + 1 ? chosen : i + 1; c > 0; c--)
            for (size_t s = sums - 1; s >= rank[i]; s--)
                ways[c * sums + s] += ways[(c - 1) * sums + s - rank[i]];
    const double p = tails(ways + chosen * sums, sums, found);
    free(ways);
    return p;
}

double tl_mann_whitney(const double *x, size_t nx, const double *y, size_t ny) {
    const size_t n = nx + ny;
    double *all = room(n, sizeof *all), ties;
    memcpy(all, x, nx * sizeof *all);
    memcpy(all + nx, y, ny * sizeof *all);
    size_t *rank = midranks(all, n, &ties), found = 0;
    for (size_t i = 0; i < nx; i++)
        found += rank[i];
    const double a = (double)nx, b = (double)ny, t = a + b;
    const double p = n <= MOST_EXACT ? exact_choice(rank, n, nx, found)
                                     : normal_tails((double)found / 2, a * (t + 1) / 2,
                                                    a * b / 12 * (t + 1 - ties / (t * (t - 1))));
    free(rank);
    free(all);
    return p;
}

/* ways[s]: choices of any of the ranks, the positive ones, with sum s. */
static double exact_signs(const size_t *rank, size_t n, size_t found) {
    const size_t sums = n * (n + 1) + 1;
    double *ways = room(sums, sizeof *ways);
    ways[0] = 1;
    for (size_t i = 0; i < n; i++)
        for (size_t s = sums - 1; s >= rank[i]; s--)
            ways[s] += ways[s - rank[i]];
    const double p = tails(ways, sums, found);
    free(ways);
    return p;
}

double tl_wilcoxon(const double *d, size_t count) {
    double *size = room(count, sizeof *size), ties;
    bool *positive = room(count, sizeof *positive);
    size_t n = 0, found = 0;
    for (size_t i = 0; i < count; i++) {
        size[n] = fabs(d[i]);
        positive[n] = d[i] > 0;
        n += size[n] > 0;
    }
    size_t *rank = midranks(size, n, &ties);
    for (size_t i = 0; i < n; i++)
        found += positive[i] ? rank[i] : 0;
    const double t = (double)n;
    const double p = n <= MOST_EXACT ? exact_signs(rank, n, found)
                                     : normal_tails((double)found / 2, t * (t + 1) / 4,
                                                    t * (t + 1) * (2 * t + 1) / 24 - ties / 48);
    free(rank);
    free(positive);
    free(size);
    return p;
}

void tl_benjamini_hochberg(const double *p, size_t n, double *adjusted) {
    ranked *r = room(n, sizeof *r);
    double least = 1;
    for (size_t i = 0; i < n; i++)
        r[i] = (ranked){p[i], i};
    qsort(r, n, sizeof *r, by_value);
    for (size_t i = n; i-- > 0;) {
        least = fmin(least, r[i].x * (double)n / (double)(i + 1));
        adjusted[r[i].at] = least;
    }
    free(r);
}

/* ---- one case -------------------------------------------------------------------------------------------- */
static size_t run_start(tl_samples s, size_t run) {
    return run >= s.runs ? s.n : s.start ? s.start[run] : 0;
}

typedef struct pairs {
    double *log; /* of the ratio */
    size_t n, *start, runs;
} pairs;

static size_t run_number(tl_samples s, size_t run) {
    return s.number ? s.number[run] : run;
}

/* The i-th sample of a run beside the i-th of the other side's. */
static void pair_run(tl_samples base, size_t r, tl_samples new, size_t s, pairs *p) {
    const size_t a = run_start(base, r), b = run_start(new, s);
    const size_t na = run_start(base, r + 1) - a, nb = run_start(new, s + 1) - b;
    p->start[p->runs++] = p->n;
    for (size_t i = 0; i < na && i < nb; i++)
        p->log[p->n++] = log(new.x[b + i]) - log(base.x[a + i]);
}

/* Runs of the same number, as far as both sides have them. */
static pairs pairs_of(tl_samples base, tl_samples new) {
    const size_t most = base.n < new.n ? base.n : new.n, runs = base.runs < new.runs ? base.runs : new.runs;
    pairs p = {room(most, sizeof *p.log), 0, room(runs, sizeof *p.start), 0};
    for (size_t r = 0, s = 0; r < base.runs && s < new.runs;) {
        const size_t mine = run_number(base, r), theirs = run_number(new, s);
        if (mine == theirs)
            pair_run(base, r, new, s, &p);
        r += mine <= theirs;
        s += theirs <= mine;
    }
    return p;
}

static void pairs_free(pairs *p) {
    free(p->log);
    free(p->start);
}

/* Logarithms of the ratio, one for each resample, into logs. */
static void resample(const tl_change_rules *rules, tl_samples base, tl_samples new, tl_rng *rng, double *logs) {
    tl_resampler b = tl_resampler_new(base, true), n = tl_resampler_new(new, true);
    for (unsigned i = 0; i < rules->resamples; i++) {
        const double before = log(tl_resampled_median(&b, rng));
        logs[i] = log(tl_resampled_median(&n, rng)) - before;
    }
    tl_resampler_free(&b);
    tl_resampler_free(&n);
}

static void resample_pairs(const tl_change_rules *rules, const pairs *p, tl_rng *rng, double *logs) {
    tl_resampler r = tl_resampler_new((tl_samples){p->log, p->n, p->start, p->runs}, true);
    for (unsigned i = 0; i < rules->resamples; i++)
        logs[i] = tl_resampled_median(&r, rng);
    tl_resampler_free(&r);
}

static void interval(const tl_change_rules *rules, const double *logs, double *low, double *high) {
    const double tail = (1 - rules->confidence) / 2;
    *low = exp(tl_quantile(logs, rules->resamples, tail));
    *high = exp(tl_quantile(logs, rules->resamples, 1 - tail));
}

static void add_to_mean(const tl_change_rules *rules, tl_change_mean *m, double ratio, const double *logs) {
    if (!m->resampled)
        m->resampled = room(rules->resamples, sizeof *m->resampled);
    m->cases++;
    m->sum += log(ratio);
    for (unsigned i = 0; i < rules->resamples; i++)
        m->resampled[i] += logs[i];
}

static tl_change measure_pairs(const tl_change_rules *rules, tl_samples base, tl_samples new, tl_rng *rng,
                               double *logs) {
    pairs p = pairs_of(base, new);
    resample_pairs(rules, &p, rng, logs);
    const tl_change c = {.nbase = p.n,
                         .nnew = p.n,
                         .ratio = exp(tl_median(p.log, p.n)),
                         .p = tl_wilcoxon(p.log, p.n),
                         .few = p.n < FEW_PAIRS};
    pairs_free(&p);
    return c;
}

static tl_change measure_apart(const tl_change_rules *rules, tl_samples base, tl_samples new, tl_rng *rng,
                               double *logs) {
    resample(rules, base, new, rng, logs);
    return (tl_change){.nbase = base.n,
                       .nnew = new.n,
                       .ratio = tl_median(new.x, new.n) / tl_median(base.x, base.n),
                       .p = tl_mann_whitney(base.x, base.n, new.x, new.n),
                       .few = base.n < FEW_SAMPLES || new.n < FEW_SAMPLES};
}

tl_change tl_change_measure(const tl_change_rules *rules, tl_samples base, tl_samples new, tl_rng *rng,
                            tl_change_mean *mean) {
    double *logs = room(rules->resamples, sizeof *logs);
    tl_change c = (rules->paired ? measure_pairs : measure_apart)(rules, base, new, rng, logs);
    interval(rules, logs, &c.low, &c.high);
    if (mean && !c.few)
        add_to_mean(rules, mean, c.ratio, logs);
    free(logs);
    return c;
}

/* ---- all cases ------------------------------------------------------------------------------------------- */
double tl_change_line(const tl_change_rules *rules) {
    return sqrt(1 + rules->threshold);
}

static tl_change_kind kind_of(const tl_change_rules *rules, const tl_change *c) {
    const double line = tl_change_line(rules);
    const bool told = !c->few && c->adjusted <= rules->discoveries;
    if (told && c->low > line)
        return TL_SLOW;
    if (told && c->high < 1 / line)
        return TL_FAST;
    return !c->few && c->low > 1 / line && c->high < line ? TL_SAME : TL_AMBG;
}

void tl_change_judge(const tl_change_rules *rules, tl_change *c, size_t n) {
    double *p = room(n, sizeof *p), *adjusted = room(n, sizeof *adjusted);
    size_t tested = 0;
    for (size_t i = 0; i < n; i++)
        if (!c[i].few) /* nothing will be claimed of the others */
            p[tested++] = c[i].p;
    tl_benjamini_hochberg(p, tested, adjusted);
    tested = 0;
    for (size_t i = 0; i < n; i++) {
        c[i].adjusted = c[i].few ? 1 : adjusted[tested++];
        c[i].kind = kind_of(rules, &c[i]);
    }
    free(p);
    free(adjusted);
}

void tl_change_mean_of(const tl_change_rules *rules, const tl_change_mean *m, double *ratio, double *low,
                       double *high) {
    double *logs = room(rules->resamples, sizeof *logs);
    for (unsigned i = 0; i < rules->resamples; i++)
        logs[i] = m->resampled[i] / (double)m->cases;
    *ratio = exp(m->sum / (double)m->cases);
    interval(rules, logs, low, high);
    free(logs);
}
