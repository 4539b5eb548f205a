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

void tl_median_interval(const double *x, size_t n, double *low, double *high) {
    enum { RESAMPLES = 999 };
    static double medians[RESAMPLES];
    double *draw = malloc(n * sizeof *draw);
    tl_rng r;
    if (!draw)
        abort();
    tl_rng_seed(&r, 1);
    for (int b = 0; b < RESAMPLES; b++) {
        for (size_t i = 0; i < n; i++)
            draw[i] = x[tl_rng_below(&r, n)];
        medians[b] = tl_median(draw, n);
    }
    free(draw);
    *low = tl_quantile(medians, RESAMPLES, 0.025);
    *high = tl_quantile(medians, RESAMPLES, 0.975);
}
