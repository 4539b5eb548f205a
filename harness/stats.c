/* stats.c: order statistics and the bootstrap that no C library has. */
#include "harness/stats.h"
#include "harness/op.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double *sorted(const double *x, size_t n) {
    double *s = malloc(n * sizeof *s);
    if (!s)
        abort();
    memcpy(s, x, n * sizeof *s);
    qsort(s, n, sizeof *s, by_value);
    return s;
}

static double at_quantile(const double *s, size_t n, double q) {
    double at = q * (double)(n - 1), low = floor(at);
    size_t i = (size_t)low;
    return i + 1 < n ? s[i] + (at - low) * (s[i + 1] - s[i]) : s[n - 1];
}

double tl_quantile(const double *x, size_t n, double q) {
    double *s = sorted(x, n), v = at_quantile(s, n, q);
    free(s);
    return v;
}

double tl_median(const double *x, size_t n) {
    return tl_quantile(x, n, 0.5);
}

double tl_relative_mad(const double *x, size_t n) {
    double m = tl_median(x, n), *d = sorted(x, n);
    for (size_t i = 0; i < n; i++)
        d[i] = fabs(x[i] - m);
    double mad = tl_median(d, n);
    free(d);
    return m > 0 ? mad / m : INFINITY;
}

/* ---- bootstrap ---------------------------------------------------------------------------------------------
 */
typedef struct placed {
    double x; /* first: by_value compares it */
    size_t at;
} placed;

tl_resampler tl_resampler_new(tl_samples of, bool blocks) {
    const size_t n = of.n;
    tl_resampler r = {of, blocks, sorted(of.x, n), malloc(n * sizeof *r.rank), malloc(n * sizeof *r.count)};
    placed *order = malloc(n * sizeof *order);
    if (!r.rank || !r.count || !order)
        abort();
    for (size_t i = 0; i < n; i++)
        order[i] = (placed){of.x[i], i};
    qsort(order, n, sizeof *order, by_value);
    for (size_t i = 0; i < n; i++)
        r.rank[order[i].at] = i;
    free(order);
    return r;
}

static size_t block_length(size_t n) {
    size_t block = 1;
    while ((block + 1) * (block + 1) * (block + 1) <= n)
        block++;
    return block;
}

/* Draws as many samples as the run from `start` on has; counts their places. */
static void draw_run(tl_resampler *r, size_t start, size_t n, tl_rng *rng) {
    const size_t block = r->blocks ? block_length(n) : 1;
    for (size_t drawn = 0; drawn < n;)
        for (size_t at = tl_rng_below(rng, n), left = block; left && drawn < n; left--, drawn++) {
            r->count[r->rank[start + at]]++;
            at = at + 1 < n ? at + 1 : 0;
        }
}

/* Counting places instead of sorting values: the median lies where half of the draws are passed. */
static double median_of_places(const tl_resampler *r, size_t draws) {
    const size_t below = (draws - 1) / 2, above = draws / 2; /* the same place when draws is odd */
    size_t i = 0, passed = r->count[0];
    while (passed <= below)
        passed += r->count[++i];
    const double low = r->sorted[i];
    while (passed <= above)
        passed += r->count[++i];
    return low + 0.5 * (r->sorted[i] - low);
}

double tl_resampled_median(tl_resampler *r, tl_rng *rng) {
    const tl_samples *s = &r->of;
    size_t draws = 0;
    memset(r->count, 0, s->n * sizeof *r->count);
    for (size_t i = 0; i < s->runs; i++) {
        const size_t run = s->runs > 1 ? tl_rng_below(rng, s->runs) : 0, start = s->start ? s->start[run] : 0,
                     end = run + 1 < s->runs ? s->start[run + 1] : s->n;
        draw_run(r, start, end - start, rng);
        draws += end - start;
    }
    return median_of_places(r, draws);
}

void tl_resampler_free(tl_resampler *r) {
    free(r->sorted);
    free(r->rank);
    free(r->count);
}

void tl_median_interval(const double *x, size_t n, double *low, double *high) {
    enum { RESAMPLES = 999 };
    static double medians[RESAMPLES];
    tl_resampler r = tl_resampler_new((tl_samples){x, n, NULL, 1}, false);
    tl_rng rng;
    tl_rng_seed(&rng, 1);
    for (int b = 0; b < RESAMPLES; b++)
        medians[b] = tl_resampled_median(&r, &rng);
    tl_resampler_free(&r);
    *low = tl_quantile(medians, RESAMPLES, 0.025);
    *high = tl_quantile(medians, RESAMPLES, 0.975);
}
