/* The statistics behind every figure, against values worked out by hand. */
#include "harness/stats.h"
#include "harness/op.h"

#include <math.h>
#include <stdio.h>

static int failed;

static void same(const char *what, double found, double expected) {
    if (!(fabs(found - expected) <= 1e-12 * fabs(expected))) {
        printf("%s: %.17g expected, found %.17g\n", what, expected, found);
        failed = 1;
    }
}

static void holds(const char *what, int good) {
    if (!good) {
        printf("%s does not hold\n", what);
        failed = 1;
    }
}

int main(void) {
    const double odd[] = {9, 1, 5}, even[] = {4, 1, 3, 2}, one[] = {7}, outlier[] = {10, 11, 9, 10, 1e9};
    same("median of three", tl_median(odd, 3), 5);
    same("median of four", tl_median(even, 4), 2.5);
    same("median of one", tl_median(one, 1), 7);
    same("least", tl_quantile(even, 4, 0), 1);
    same("greatest", tl_quantile(even, 4, 1), 4);
    same("first decile, between two", tl_quantile(even, 4, 0.1), 1.3);
    holds("samples keep their order", odd[0] == 9 && even[0] == 4);
    /* Distances from 10 are 0, 1, 1, 0 and a huge one: the median distance is 1. */
    same("relative MAD shrugs off an outlier", tl_relative_mad(outlier, 5), 0.1);
    holds("a MAD around zero is no stability", isinf(tl_relative_mad((const double[]){0, 0, 0}, 3)));

    double low, high, again_low, again_high, x[200];
    tl_median_interval(one, 1, &low, &high);
    holds("interval of one sample is that sample", low == 7 && high == 7);
    /* 300 samples of 41 around a known median: a 95 % interval holds it 95 % of the time, 88-99 % allowing for
     * chance and for the bootstrap being only nearly right. */
    enum { TRIALS = 300, SAMPLES = 41 };
    int inside = 0;
    tl_rng r;
    tl_rng_seed(&r, 5);
    for (int t = 0; t < TRIALS; t++) {
        for (int i = 0; i < SAMPLES; i++)
            x[i] = 3 + 0.1 * (double)tl_rng_normal(&r);
        tl_median_interval(x, SAMPLES, &low, &high);
        inside += low <= 3 && 3 <= high;
        holds("the interval holds the sample's own median",
              low <= tl_median(x, SAMPLES) && tl_median(x, SAMPLES) <= high);
    }
    printf("%d of %d intervals hold the true median\n", inside, TRIALS);
    holds("coverage of 88 to 99 %", inside >= 264 && inside <= 297);
    tl_median_interval(x, SAMPLES, &again_low, &again_high);
    holds("the same samples give the same interval", again_low == low && again_high == high);
    for (int i = 0; i < SAMPLES; i++)
        x[SAMPLES + i] = x[2 * SAMPLES + i] = x[3 * SAMPLES + i] = x[i];
    tl_median_interval(x, 4 * SAMPLES, &again_low, &again_high);
    holds("more of the same narrows it", again_high - again_low < high - low);
    return failed;
}
