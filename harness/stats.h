/* stats.h: order statistics for timing samples. Every function sorts a copy; n >= 1. */
#ifndef TL_STATS_H
#define TL_STATS_H

#include <stddef.h>

/* The q-quantile (0..1), linear between order statistics. */
double tl_quantile(const double *x, size_t n, double q);
double tl_median(const double *x, size_t n);
/* Median absolute deviation from the median, divided by the median: a robust relative spread. */
double tl_relative_mad(const double *x, size_t n);
/* Percentile bootstrap of the median: a 95 % interval, 999 resamples, fixed seed. */
void tl_median_interval(const double *x, size_t n, double *low, double *high);

#endif
