/* history_change.c: where the level of a series changed; the method is in history.h. Ranks alone decide, so one
 * wild run is one wild rank. */
#include "harness/compare_stats.h"
#include "harness/history.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const tl_change_rules_over_time tl_change_rules_usual = {
    .level = 0.05, .threshold = 0.05, .seed = 1, .permutations = 9999};

enum { LEAST = 3, ENOUGH = 20 };

static void *room_for(size_t n, size_t each) {
    void *p = calloc(n + 1, each);
    if (!p)
        abort();
    return p;
}

/* Midranks, so that ties weigh nothing. */
static void rank(const double *x, size_t n, double *r) {
    for (size_t i = 0; i < n; i++) {
        r[i] = 0.5;
        for (size_t j = 0; j < n; j++)
            r[i] += x[j] < x[i] ? 1 : x[j] > x[i] ? 0 : 0.5;
    }
}

/* Stretches of the series that are looked at: all of it, then ever shorter ones that overlap, so that a level
 * that came and went again shows in one of them. */
typedef struct stretches {
    size_t n, *from, *to;
} stretches;

static stretches lay_out(size_t n) {
    stretches s = {0, room_for(8 * n, sizeof *s.from), room_for(8 * n, sizeof *s.to)};
    double length = (double)n, times = 1;
    for (; length >= 2 * LEAST; length /= M_SQRT2, times *= M_SQRT2) {
        const double count = 2 * ceil(times - 1e-9) - 1,
                     shift = count > 1 ? ((double)n - length) / (count - 1) : 0;
        for (double i = 0; i < count; i++) {
            s.from[s.n] = (size_t)floor(i * shift);
            s.to[s.n] = (size_t)fmin(ceil(i * shift + length - 1e-9), (double)n);
            s.n++;
        }
    }
    return s;
}

/* The largest squared deviation, over all stretches and splits, of the sum of ranks before the split from its
 * mean, in units of its variance among the orders of the stretch. sum and square: room for n + 1. */
static double largest(const double *r, size_t n, const stretches *s, double *sum, double *square, size_t *at) {
    double best = 0;
    for (size_t i = 0; i < n; i++) {
        sum[i + 1] = sum[i] + r[i];
        square[i + 1] = square[i] + r[i] * r[i];
    }
    for (size_t k = 0; k < s->n; k++) {
        const size_t from = s->from[k], to = s->to[k];
        const double m = (double)(to - from), mean = (sum[to] - sum[from]) / m,
                     squares = square[to] - square[from] - m * mean * mean;
        for (size_t t = from + LEAST; squares > 1e-6 && t + LEAST <= to; t++) {
            const double before = (double)(t - from), off = sum[t] - sum[from] - before * mean,
                         z = off * off * m * (m - 1) / (before * (m - before) * squares);
            if (z > best) {
                best = z;
                *at = t;
            }
        }
    }
    return best;
}

double tl_change_split(const double *x, size_t n, const tl_change_rules_over_time *rules, size_t *at) {
    size_t ignored = 0, drawn = 0, reached = 0;
    tl_rng rng;
    *at = 0;
    if (n < 2 * LEAST)
        return 1;
    stretches s = lay_out(n);
    double *r = room_for(n, sizeof *r), *sum = room_for(n, sizeof *sum), *square = room_for(n, sizeof *square);
    rank(x, n, r);
    const double found = largest(r, n, &s, sum, square, at);
    tl_rng_seed(&rng, rules->seed);
    while (drawn < rules->permutations && reached < ENOUGH) {
        for (size_t i = n - 1; i > 0; i--) {
            const size_t j = tl_rng_below(&rng, i + 1);
            const double t = r[i];
            r[i] = r[j];
            r[j] = t;
        }
        drawn++;
        reached += largest(r, n, &s, sum, square, &ignored) >= found * (1 - 1e-9);
    }
    free(s.from);
    free(s.to);
    free(r);
    free(sum);
    free(square);
    return (double)(reached < ENOUGH ? reached + 1 : reached) / (double)(reached < ENOUGH ? drawn + 1 : drawn);
}

/* The splits of x[from..to), in order. */
static size_t split(const double *x, size_t from, size_t to, double cutoff,
                    const tl_change_rules_over_time *rules, tl_change_point *out) {
    size_t at, n = 0;
    const double p = tl_change_split(x + from, to - from, rules, &at);
    if (p > cutoff || !at)
        return 0;
    n = split(x, from, from + at, cutoff, rules, out);
    out[n++] = (tl_change_point){.at = from + at, .p = p};
    return n + split(x, from + at, to, cutoff, rules, out + n);
}

/* How far the points lie from their median, as ratios. */
static double distance(const double *x, size_t n) {
    double sum = 0;
    const double level = tl_median(x, n);
    for (size_t i = 0; i < n; i++)
        sum += fabs(log(x[i] / level));
    return sum;
}

/* Ranks tell best whether there is a change, not where: they draw it towards the middle. It is put where the
 * points lie closest to the medians on both sides. */
static void place(const double *x, size_t n, tl_change_point *c, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const size_t from = i ? c[i - 1].at : 0, to = i + 1 < count ? c[i + 1].at : n;
        double least = INFINITY;
        for (size_t t = from + LEAST; t + LEAST <= to; t++) {
            const double sum = distance(x + from, t - from) + distance(x + t, to - t);
            if (sum < least) {
                least = sum;
                c[i].at = t;
            }
        }
    }
}

/* Levels on both sides of each change. */
static void levels(const double *x, size_t n, tl_change_point *c, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const size_t from = i ? c[i - 1].at : 0, to = i + 1 < count ? c[i + 1].at : n;
        c[i].before = c[i].at - from;
        c[i].after = to - c[i].at;
        c[i].old_level = tl_median(x + from, c[i].before);
        c[i].new_level = tl_median(x + c[i].at, c[i].after);
    }
}

size_t tl_change_points(const double *x, size_t n, double cutoff, const tl_change_rules_over_time *rules,
                        tl_change_point *out) {
    const tl_change_rules usual = {.threshold = rules->threshold};
    const double line = log(tl_change_line(&usual));
    size_t count = split(x, 0, n, cutoff, rules, out);
    place(x, n, out, count);
    for (;;) {
        size_t least = 0;
        double size = INFINITY;
        levels(x, n, out, count);
        for (size_t i = 0; i < count; i++) {
            const double log_ratio = fabs(log(out[i].new_level / out[i].old_level));
            if (log_ratio < size) {
                size = log_ratio;
                least = i;
            }
        }
        if (!count || size > line)
            return count;
        memmove(out + least, out + least + 1, (--count - least) * sizeof *out);
    }
}

static double *medians(const tl_history_series *s) {
    double *x = room_for(s->n, sizeof *x);
    for (size_t i = 0; i < s->n; i++)
        x[i] = s->row[i].median;
    return x;
}

/* The p of each series that is long enough to have a change, if what p holds is not large already. The greatest
 * that passes the correction, -1: none; *least: the least of all. */
static double find_cutoff(const tl_history *h, const tl_change_rules_over_time *rules, double *p,
                          double *least) {
    double *tested = room_for(h->nseries, sizeof *tested), *adjusted = room_for(h->nseries, sizeof *adjusted),
           cutoff = -1;
    size_t n = 0, at;
    *least = 1;
    for (size_t i = 0; i < h->nseries; i++) {
        const tl_history_series *s = &h->series[i];
        if (s->n < 2 * LEAST)
            continue;
        if (p[i] <= rules->level) {
            double *x = medians(s);
            p[i] = tl_change_split(x, s->n, rules, &at);
            free(x);
        }
        *least = fmin(*least, p[i]);
        tested[n++] = p[i];
    }
    if (n)
        tl_benjamini_hochberg(tested, n, adjusted);
    for (size_t i = 0; i < n; i++)
        if (adjusted[i] <= rules->level && tested[i] > cutoff)
            cutoff = tested[i];
    free(tested);
    free(adjusted);
    return cutoff;
}

void tl_history_changes(tl_history *h, const tl_change_rules_over_time *given) {
    tl_change_rules_over_time rules = *given;
    double *p = room_for(h->nseries, sizeof *p), least, cutoff = find_cutoff(h, &rules, p, &least);
    const size_t enough =
        2 * (size_t)ceil((double)h->nseries / rules.level); /* one alone can pass, with room */
    if (cutoff < 0 && least * (double)rules.permutations < ENOUGH && rules.permutations < enough) {
        rules.permutations = enough;
        cutoff = find_cutoff(h, &rules, p, &least);
    }
    for (size_t i = 0; i < h->nseries; i++) {
        tl_history_series *s = &h->series[i];
        double *x = medians(s);
        s->change = room_for(s->n / LEAST, sizeof *s->change);
        s->changes = cutoff < 0 ? 0 : tl_change_points(x, s->n, cutoff, &rules, s->change);
        free(x);
    }
    free(p);
}

size_t tl_history_changes_of(const tl_history *h) {
    size_t n = 0;
    for (size_t i = 0; i < h->nseries; i++)
        n += h->series[i].changes;
    return n;
}

double tl_history_over(const tl_history_series *s, const tl_change_point *c) {
    const size_t from = c->at - c->before, n = c->before + c->after;
    double *x = room_for(n, sizeof *x);
    bool all = true;
    for (size_t i = 0; i < n; i++)
        all &= (x[i] = s->row[from + i].over) > 0;
    const double ratio = all ? tl_median(x + c->before, c->after) / tl_median(x, c->before) : 0;
    free(x);
    return ratio;
}
