/* The statistics of compare: rank tests against values worked out by hand, and simulations in which the truth
 * is known: nothing changed, or by how much. Seeds are fixed, so a run that passes passes always. */
#include "harness/compare_stats.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failed;

static void same(const char *what, double found, double expected) {
    if (!(fabs(found - expected) <= 1e-9 * fabs(expected))) {
        printf("%s: %.17g expected, found %.17g\n", what, expected, found);
        failed = 1;
    }
}

static void within(const char *what, double found, double low, double high) {
    printf("%s: %.3g\n", what, found);
    if (!(found >= low && found <= high)) {
        printf("%s: %g to %g expected, found %g\n", what, low, high, found);
        failed = 1;
    }
}

static void by_hand(void) {
    const double low[] = {1, 2, 3, 4}, high[] = {5, 6, 7, 8}, mixed[] = {1, 3, 5, 7}, other[] = {2, 4, 6, 8};
    const double one[] = {1}, two[] = {2}, ties[] = {1, 1, 2}, all[] = {3, 3, 3, 3, 3};
    /* All of x below all of y: 1 of C(8, 4) = 70 orders, and as many the other way. */
    same("4 below 4", tl_mann_whitney(low, 4, high, 4), 2.0 / 70);
    /* Ranks 1, 3, 5, 7 are U = 6, and 1 + 1 + 2 + 3 + 5 + 5 + 7 of the 70 choices have U of 0 to 6. */
    same("4 between 4", tl_mann_whitney(mixed, 4, other, 4), 48.0 / 70);
    same("1 and 1", tl_mann_whitney(one, 1, two, 1), 1);
    /* Midranks of 1, 1, 2 | 2, 2... : 1.5 1.5 4 | 4 4: of the C(5, 3) = 10 choices 3 sum to 7, the least sum.
     */
    same("ties", tl_mann_whitney(ties, 3, (const double[]){2, 2}, 2), 0.6);
    same("all equal", tl_mann_whitney(all, 5, all, 5), 1);
    /* All six positive: 1 of 2^6 signs, and as many the other way. */
    same("six up", tl_wilcoxon((const double[]){1, 2, 3, 4, 5, 6}, 6), 2.0 / 64);
    /* Ranks 1..4, the negative one is 1: positive sum 9, reached or passed by 2 of 16. */
    same("one of four down", tl_wilcoxon((const double[]){-1, 2, 3, 4}, 4), 0.25);
    same("zeros are left out", tl_wilcoxon((const double[]){0, 0, 1, 2, 3, 4, 5, 6}, 8), 2.0 / 64);
    same("nothing but zeros", tl_wilcoxon((const double[]){0, 0}, 2), 1);
    /* Benjamini and Hochberg: p m / rank, never more than a larger p's. */
    const double p[] = {0.04, 0.01, 0.03, 0.5};
    double q[4];
    tl_benjamini_hochberg(p, 4, q);
    same("least p", q[1], 0.04);
    same("second", q[2], 0.04 * 4 / 3);
    same("third", q[0], 0.04 * 4 / 3);
    same("last", q[3], 0.5);
}

/* A run's times: the case's noise is skew, as times are; what is common to the run multiplies all of them;
 * drift is the share of the noise that the sample before hands on. */
static void draw(double *x, size_t n, double scale, double noise, double run_noise, double drift, tl_rng *r) {
    const double run = exp(run_noise * (double)tl_rng_normal(r));
    double before = (double)tl_rng_normal(r);
    for (size_t i = 0; i < n; i++) {
        before = drift * before + sqrt(1 - drift * drift) * (double)tl_rng_normal(r);
        x[i] = scale * run * exp(noise * (before + 0.5 * fabs((double)tl_rng_normal(r))));
    }
}

typedef struct trial {
    size_t n, runs; /* samples a run, runs a side */
    double noise, run_noise, drift, change;
    int cases; /* judged together; the first changes, the others do not */
    bool paired;
} trial;

typedef struct tally {
    double of[TL_CHANGE_KINDS], first[TL_CHANGE_KINDS], any, covered;
} tally;

enum { MOST = 256 };

static tl_samples side(double *x, size_t *start, const trial *t, double scale, tl_rng *r) {
    for (size_t i = 0; i < t->runs; i++) {
        start[i] = i * t->n;
        draw(x + start[i], t->n, scale, t->noise, t->run_noise, t->drift, r);
    }
    return (tl_samples){x, t->n * t->runs, start, t->runs, NULL};
}

/* Shares: of cases by verdict, of the first cases by verdict, of trials with any SLOW or FAST, of intervals of
 * the first case that hold the true ratio. */
static tally simulate(const trial *t, int trials, uint64_t seed) {
    static double a[MOST], b[MOST];
    static tl_change c[64];
    size_t at[MOST], bt[MOST];
    tally sum = {0};
    tl_change_rules rules = tl_change_usual;
    rules.paired = t->paired;
    rules.resamples = 499; /* enough for rates */
    tl_rng r;
    tl_rng_seed(&r, seed);
    for (int i = 0; i < trials; i++) {
        for (int j = 0; j < t->cases; j++) {
            const tl_samples base = side(a, at, t, 100, &r),
                             new = side(b, bt, t, j ? 100 : 100 * t->change, &r);
            c[j] = tl_change_measure(&rules, base, new, &r, NULL);
        }
        tl_change_judge(&rules, c, (size_t)t->cases);
        bool any = false;
        for (int j = 0; j < t->cases; j++) {
            sum.of[c[j].kind] += 1;
            any |= c[j].kind == TL_SLOW || c[j].kind == TL_FAST;
        }
        sum.first[c[0].kind] += 1;
        sum.any += any;
        sum.covered += c[0].low <= t->change && t->change <= c[0].high;
    }
    for (int k = 0; k < TL_CHANGE_KINDS; k++) {
        sum.of[k] /= (double)trials * t->cases;
        sum.first[k] /= trials;
    }
    sum.any /= trials;
    sum.covered /= trials;
    return sum;
}

static void simulations(void) {
    tally t;
    /* Nothing changed. Noise of 1 to 30 %, few samples and many, one case and many: never more alarms than 5 %
     * of trials, most of all where noise is so large that only the rank test stands against chance. */
    static const double noises[] = {0.01, 0.05, 0.3};
    static const size_t counts[] = {5, 9, 30, 60};
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 4; j++) {
            t = simulate(&(trial){counts[j], 1, noises[i], 0, 0, 1, 1, false}, 400, 11 + 4 * i + j);
            printf("A/A, noise %g, %zu samples: %.3f SLOW, %.3f FAST, %.3f SAME, interval holds 1: %.3f\n",
                   noises[i], counts[j], t.of[TL_SLOW], t.of[TL_FAST], t.of[TL_SAME], t.covered);
            within("  alarms", t.any, 0, 0.05);
            within("  coverage", t.covered, 0.88, 1);
        }
    t = simulate(&(trial){9, 1, 0.05, 0, 0, 1, 1, true}, 400, 31);
    within("A/A, 9 pairs: alarms", t.any, 0, 0.05);
    t = simulate(&(trial){20, 1, 0.05, 0, 0, 1, 40, false}, 100, 32);
    within("A/A, 40 cases together: trials with any alarm", t.any, 0, 0.05);
    /* Noise that comes in bursts: the blocks keep the interval honest. */
    t = simulate(&(trial){60, 1, 0.05, 0, 0.5, 1, 1, false}, 400, 33);
    within("A/A, bursts, 60 samples: alarms", t.any, 0, 0.05);
    within("A/A, bursts: coverage", t.covered, 0.8, 1);

    /* A change of the threshold's size is found, in the case that has it and in no other. */
    t = simulate(&(trial){30, 1, 0.015, 0, 0, 1.05, 20, false}, 100, 41);
    within("5 % slower, 30 samples, noise 1.5 %: SLOW", t.first[TL_SLOW], 0.95, 1);
    within("  alarms among the 19 others", 20 * (t.of[TL_SLOW] + t.of[TL_FAST]) - t.first[TL_SLOW], -1e-9,
           0.05);
    t = simulate(&(trial){30, 1, 0.015, 0, 0, 1 / 1.05, 20, false}, 100, 42);
    within("5 % faster: FAST", t.first[TL_FAST], 0.95, 1);
    t = simulate(&(trial){30, 1, 0.015, 0, 0, 1.05, 1, true}, 200, 43);
    within("5 % slower, 30 pairs: SLOW", t.first[TL_SLOW], 0.95, 1);
    /* One that is too small to matter is SAME, where the samples can tell. */
    t = simulate(&(trial){60, 1, 0.01, 0, 0, 1.01, 1, false}, 200, 44);
    within("1 % slower, noise 1 %: SAME", t.first[TL_SAME], 0.95, 1);
    /* Few samples, or noise beyond them: no verdict, above all not SAME. */
    t = simulate(&(trial){4, 1, 0.01, 0, 0, 1.5, 1, false}, 100, 45);
    within("4 samples: AMBG", t.first[TL_AMBG], 1, 1);
    t = simulate(&(trial){5, 1, 0.01, 0, 0, 1.5, 1, true}, 100, 46);
    within("5 pairs: AMBG", t.first[TL_AMBG], 1, 1);
    t = simulate(&(trial){9, 1, 0.2, 0, 0, 1.05, 1, false}, 400, 47);
    within("5 % slower, noise 20 %: AMBG", t.first[TL_AMBG], 0.9, 1);

    /* What differs from run to run by 3 % is a false alarm in one run of each, and none in six. */
    t = simulate(&(trial){20, 1, 0.01, 0.03, 0, 1, 1, false}, 400, 51);
    within("A/A, runs differ by 3 %, one run of each: alarms", t.any, 0.3, 1);
    t = simulate(&(trial){20, 6, 0.01, 0.03, 0, 1, 1, false}, 400, 52);
    within("A/A, runs differ by 3 %, six of each: alarms", t.any, 0, 0.1);
}

/* The geometric mean of two cases, and the interval of 16 that no noise is in. */
static void means(void) {
    const double base[] = {1, 1, 1, 1, 1}, twice[] = {2, 2, 2, 2, 2}, eight[] = {8, 8, 8, 8, 8};
    const tl_samples b = {base, 5, NULL, 1, NULL};
    double ratio, low, high;
    tl_change_mean mean = {0};
    tl_rng r;
    tl_rng_seed(&r, 1);
    tl_change c = tl_change_measure(&tl_change_usual, b, (tl_samples){twice, 5, NULL, 1, NULL}, &r, &mean);
    same("twice", c.ratio, 2);
    same("twice, low", c.low, 2);
    tl_change_measure(&tl_change_usual, b, (tl_samples){eight, 5, NULL, 1, NULL}, &r, &mean);
    tl_change_measure(&tl_change_usual, b, (tl_samples){eight, 2, NULL, 1, NULL}, &r,
                      &mean); /* few: not counted */
    tl_change_mean_of(&tl_change_usual, &mean, &ratio, &low, &high);
    same("geometric mean of 2 and 8", ratio, 4);
    same("its interval, low", low, 4);
    same("its interval, high", high, 4);
    within("cases of the mean", (double)mean.cases, 2, 2);
    free(mean.resampled);
    /* Pairs stand side by side run by run: the second run of 3 lacks one, which shifts nothing. */
    const double x[] = {1, 2, 3, 10, 20, 30}, y[] = {2, 4, 6, 20, 40};
    const size_t three[] = {0, 3};
    tl_change_rules paired = tl_change_usual;
    paired.paired = true;
    c = tl_change_measure(&paired, (tl_samples){x, 6, three, 2, NULL}, (tl_samples){y, 5, three, 2, NULL}, &r,
                          NULL);
    same("pairs of two runs", c.ratio, 2);
    within("number of pairs", (double)c.nbase, 5, 5);
}

int main(void) {
    by_hand();
    means();
    simulations();
    return failed;
}
