/* Changes of level in series in which the truth is known. Seeds are fixed: a run that passes passes always. */
#include "harness/history.h"
#include "harness/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int failed;

static void within(const char *what, double found, double low, double high) {
    printf("%s: %.3g\n", what, found);
    if (!(found >= low && found <= high)) {
        printf("%s: %g to %g expected, found %g\n", what, low, high, found);
        failed = 1;
    }
}

enum { MOST = 200 };
static tl_rng rng;

/* Skew noise; one run in twenty is wild. */
static void draw(double *x, size_t n, double level, double noise) {
    for (size_t i = 0; i < n; i++) {
        x[i] = level * exp(noise * ((double)tl_rng_normal(&rng) + 0.5 * fabs((double)tl_rng_normal(&rng))));
        if (!tl_rng_below(&rng, 20))
            x[i] *= 1.5;
    }
}

/* p by counting all orders. */
static void by_hand(void) {
    size_t at;
    /* Three low, three high: one split only, and of the 20 choices of ranks two are as far apart. */
    within("3 below 3", tl_change_split((const double[]){1, 2, 3, 4, 5, 6}, 6, &tl_change_rules_usual, &at),
           0.08, 0.12);
    within("its place", (double)at, 3, 3);
    within("all equal", tl_change_split((const double[]){2, 2, 2, 2, 2, 2, 2}, 7, &tl_change_rules_usual, &at),
           1, 1);
    within("too few", tl_change_split((const double[]){1, 2, 3, 4, 5}, 5, &tl_change_rules_usual, &at), 1, 1);
    /* The three least first, or last, are 2 of 56 orders; a few more are as far apart in a part of the series.
     */
    within("3 below 5",
           tl_change_split((const double[]){1, 2, 3, 7, 6, 8, 4, 5}, 8, &tl_change_rules_usual, &at), 2.0 / 56,
           0.08);
    within("its place", (double)at, 3, 3);
}

/* p is what it says: of flat series a share of about q has p <= q. */
static void flat(void) {
    enum { TRIALS = 600 };
    double x[MOST], at5 = 0, at1 = 0, shown = 0;
    const tl_change_rules_over_time rules = {0.05, 0.05, 1, 9999};
    for (int i = 0; i < TRIALS; i++) {
        size_t at;
        tl_change_point c[MOST / 3];
        const size_t n = 8 + tl_rng_below(&rng, 60);
        draw(x, n, 100, 0.02);
        const tl_change_rules_over_time seeded = {0.05, 0.05, (uint64_t)i + 1, 9999};
        const double p = tl_change_split(x, n, &seeded, &at);
        at5 += p <= 0.05;
        at1 += p <= 0.01;
        shown += tl_change_points(x, n, 0.05, &rules, c) > 0;
    }
    within("flat, p <= 0.05", at5 / TRIALS, 0.03, 0.07);
    within("flat, p <= 0.01", at1 / TRIALS, 0.002, 0.02);
    within("flat, shown with a threshold of 5 %", shown / TRIALS, 0, 0.05);
}

/* A change of 10 % in noise of 2 %, anywhere; two changes; one that is smaller than anyone asked for. */
static void planted(void) {
    enum { TRIALS = 200 };
    double x[MOST], one = 0, near = 0, two = 0, small = 0, late = 0;
    const tl_change_rules_over_time rules = {0.05, 0.05, 1, 9999};
    tl_change_point c[MOST / 3];
    for (int i = 0; i < TRIALS; i++) {
        const size_t n = 40, at = 8 + tl_rng_below(&rng, 24);
        draw(x, at, 100, 0.02);
        draw(x + at, n - at, 110, 0.02);
        size_t found = tl_change_points(x, n, 0.01, &rules, c);
        one += found == 1;
        near += found == 1 && labs((long)c[0].at - (long)at) <= 1;
        if (found == 1 && (c[0].before != c[0].at || c[0].after != n - c[0].at))
            within("points before and after", -1, 0, 0);
        draw(x, 15, 100, 0.02);
        draw(x + 15, 15, 112, 0.02);
        draw(x + 30, 20, 100, 0.02);
        two += tl_change_points(x, 50, 0.01, &rules, c) == 2;
        draw(x, 40, 100, 0.005);
        draw(x + 40, 40, 101, 0.005);
        small += tl_change_points(x, 80, 0.01, &rules, c) > 0;
        draw(x, 32, 100, 0.02);
        draw(x + 32, 8, 110, 0.02);
        late += tl_change_points(x, 40, 0.01, &rules, c) == 1;
    }
    within("10 % found, and nothing else", one / TRIALS, 0.9, 1);
    within("within one run of it", near / TRIALS, 0.8, 1);
    within("up and down again", two / TRIALS, 0.9, 1);
    within("1 %, threshold 5 %", small / TRIALS, 0, 0.02);
    within("in the last eight runs", late / TRIALS, 0.9, 1);
}

/* Many series at once, one of them changed: that one is named, and of others no more than 5 % of the time. */
static void many(void) {
    enum { SERIES = 40, TRIALS = 25, N = 40 };
    static tl_history_row rows[SERIES][N];
    double missed = 0, false_ones = 0;
    const tl_change_rules_over_time rules = {0.05, 0.001, 1, 9999};
    for (int t = 0; t < TRIALS; t++) {
        tl_history_series series[SERIES] = {{0}};
        tl_history h = {.series = series, .nseries = SERIES};
        size_t others = 0;
        for (int s = 0; s < SERIES; s++) {
            double x[N];
            draw(x, 20, 100, 0.02);
            draw(x + 20, N - 20, s ? 100 : 110, 0.02);
            for (int i = 0; i < N; i++)
                rows[s][i] = (tl_history_row){.median = x[i]};
            series[s].row = rows[s];
            series[s].n = N;
        }
        tl_history_changes(&h, &rules);
        for (int s = 0; s < SERIES; s++) {
            others += s && series[s].changes;
            free(series[s].change);
        }
        missed += !series[0].changes;
        false_ones += others > 0;
    }
    within("one of 40 missed", missed / TRIALS, 0, 0.04);
    within("another one named", false_ones / TRIALS, 0, 0.15);
}

/* So many series that the least p of the usual permutations does not pass: the one that changed is found all
 * the same; and short ones, which cannot have a change, make no difference. */
static void very_many(void) {
    enum { SERIES = 1500, LONG = 700, N = 24 };
    static tl_history_row rows[SERIES][N];
    static tl_history_series series[SERIES];
    tl_history h = {.series = series, .nseries = SERIES};
    size_t changes = 0;
    for (int s = 0; s < SERIES; s++) {
        double x[N];
        draw(x, N / 2, 100, 0.02);
        draw(x + N / 2, N / 2, s ? 100 : 115, 0.02);
        for (int i = 0; i < N; i++)
            rows[s][i] = (tl_history_row){.median = x[i]};
        series[s] = (tl_history_series){.row = rows[s], .n = s < LONG ? N : 5};
    }
    tl_history_changes(&h, &tl_change_rules_usual);
    const double found = (double)series[0].changes, p = found > 0 ? series[0].change[0].p : 1;
    for (int s = 0; s < SERIES; s++) {
        changes += series[s].changes;
        free(series[s].change);
    }
    within("one of 700 found", found, 1, 1);
    within("its p", p, 0, 0.05 / LONG);
    within("all that was found", (double)changes, 1, 2);
    for (int s = 0; s < SERIES; s++)
        series[s].n = s ? 5 : 6;
    for (int i = 0; i < 6; i++)
        rows[0][i].median = i < 3 ? 100 + i : 120 + i;
    const tl_change_rules_over_time lenient = {0.15, 0.05, 1, 9999}; /* 3 and 3 runs: p is 0.1 at least */
    tl_history_changes(&h, &lenient);
    within("one series of six runs among short ones", (double)series[0].changes, 1, 1);
    for (int s = 0; s < SERIES; s++)
        free(series[s].change);
}

int main(void) {
    tl_rng_seed(&rng, 1);
    by_hand();
    flat();
    planted();
    many();
    very_many();
    return failed;
}
