/* compare_stats.h: is the new time another one than the base's? FAST, SAME, SLOW, or AMBG: it cannot be told.
 *
 * A change is a ratio of times, new / base, with a bootstrap interval; a rank test says how easily such samples
 * come about when nothing changed, corrected for the number of cases. A verdict needs both. `threshold` is the
 * smallest change that has to be found, so the line between SAME and SLOW cannot be the threshold itself (an
 * interval around it covers it): the line lies halfway, at sqrt(1 + threshold), and at its inverse for FAST.
 *
 *           1/line      1      line    1 + threshold
 *      FAST   |        SAME      |   SLOW               an interval wholly inside one of them: that verdict
 *             |                  |                      one that covers a line, or few samples: AMBG
 *
 * `compare` takes samples from two files, `gate` from its own rounds. */
#ifndef TL_COMPARE_STATS_H
#define TL_COMPARE_STATS_H

#include "harness/stats.h"

typedef enum { TL_SLOW, TL_FAST, TL_AMBG, TL_SAME, TL_CHANGE_KINDS } tl_change_kind;
extern const char *const tl_change_names[TL_CHANGE_KINDS];

typedef struct tl_change_rules {
    double threshold;   /* 0.05: 5 % more time has to be found */
    double confidence;  /* of the intervals: 0.95 */
    double discoveries; /* share of false ones among SLOW and FAST that is accepted: 0.05 */
    unsigned resamples; /* of the bootstrap: 1999 */
    bool paired;        /* samples with the same number were taken side by side */
} tl_change_rules;
extern const tl_change_rules tl_change_usual; /* the figures above, unpaired */
double tl_change_line(const tl_change_rules *);

typedef struct tl_change {
    size_t nbase, nnew;      /* samples that were used; paired: the same */
    double ratio, low, high; /* of new / base: of the medians; paired: median of the pairs' ratios */
    double p, adjusted;      /* of the rank test, two-sided; corrected for many cases */
    bool few;                /* too few samples for any verdict: 5 a side, or 6 pairs, below which the rank test
                                cannot reach 5 % or the interval is wider than the samples */
    tl_change_kind kind;
} tl_change;

/* The geometric mean of many cases' ratios. */
typedef struct tl_change_mean {
    size_t cases;
    double sum, *resampled; /* of logarithms; [resamples] */
} tl_change_mean;

/* Measures one case: everything but `adjusted` and `kind`. Times are above 0, at least one a run; paired: run
 * by run of the same number, at least one, as far as both sides have samples in them. Adds the case to the mean
 * unless that is NULL or the samples are few. */
tl_change tl_change_measure(const tl_change_rules *, tl_samples base, tl_samples new, tl_rng *,
                            tl_change_mean *);
/* `adjusted` and `kind` of n measured cases: all of them at once, because of the correction. */
void tl_change_judge(const tl_change_rules *, tl_change *, size_t n);
/* Interval of the geometric mean; cases >= 1. The cases are taken as they are, their samples are resampled. */
void tl_change_mean_of(const tl_change_rules *, const tl_change_mean *, double *ratio, double *low,
                       double *high);

/* Two-sided p that x and y are of one distribution (Mann and Whitney 1947, Annals of Mathematical Statistics
 * 18): exact up to 40 samples together, ties included (the permutations' distribution of the sum of midranks,
 * by the shift algorithm of Streitberg and Roehmel 1986); then normal, corrected for ties and continuity
 * (Lehmann 1975, Nonparametrics, 1.2). */
double tl_mann_whitney(const double *x, size_t nx, const double *y, size_t ny);
/* Two-sided p that d is symmetric around 0 (Wilcoxon 1945, Biometrics Bulletin 1; zeros left out): exact up to
 * 40, then normal (Lehmann 1975, 3.2). */
double tl_wilcoxon(const double *d, size_t n);
/* p adjusted so that those at most q hold a share of at most q of false ones (Benjamini and Hochberg 1995, JRSS
 * B 57). */
void tl_benjamini_hochberg(const double *p, size_t n, double *adjusted);

#endif
