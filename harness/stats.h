/* stats.h: order statistics for timing samples. Every function sorts a copy; n >= 1. */
#ifndef TL_STATS_H
#define TL_STATS_H

#include "harness/op.h"

/* The q-quantile (0..1), linear between order statistics. */
double tl_quantile(const double *x, size_t n, double q);
double tl_median(const double *x, size_t n);
/* Median absolute deviation from the median, divided by the median: a robust relative spread. */
double tl_relative_mad(const double *x, size_t n);

/* Samples in the order they were taken, of one or more runs (processes), one behind the other. */
typedef struct tl_samples {
    const double *x;
    size_t n;
    const size_t *start; /* of each run in x, [runs]; NULL: one run */
    size_t runs;
    const size_t *number; /* of each run, rising: pairs are of runs with the same one; NULL: 0, 1, 2, ... */
} tl_samples;

/* Bootstrap resamples, and their medians (Efron 1979, Annals of Statistics 7). Of several runs, runs are drawn
 * first, then samples within each (Davison and Hinkley 1997, Bootstrap Methods, 3.8): what differs from run to
 * run is then in the spread. Samples are drawn one by one, or in blocks of neighbours, so that what drifts or
 * comes in bursts stays together (circular blocks: Politis and Romano 1992); a block is the largest number
 * whose cube is at most the run's samples (the rate of Hall, Horowitz and Jing 1995, Biometrika 82, for
 * variances). */
typedef struct tl_resampler {
    tl_samples of;
    bool blocks;
    double *sorted;
    size_t *rank, *count; /* place in sorted of each sample; how often each place was drawn */
} tl_resampler;
tl_resampler tl_resampler_new(tl_samples, bool blocks); /* x and start stay the caller's */
double tl_resampled_median(tl_resampler *, tl_rng *);
void tl_resampler_free(tl_resampler *);

/* Percentile bootstrap of the median: a 95 % interval, 999 resamples, fixed seed. */
void tl_median_interval(const double *x, size_t n, double *low, double *high);

#endif
