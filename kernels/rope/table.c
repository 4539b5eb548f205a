/* table.c: angles for rope.h. Logarithm, power, sine and cosine from double arithmetic that rounds the same way
 * on every machine; a libm need not. */
#include "f32/f32.h"
#include "rope/rope.h"

static double own_log(double x) { /* x = m * 2^e, m in [0.7, 1.42); ln m = 2 atanh((m - 1) / (m + 1)) */
    int e;
    double m = frexp(x, &e);
    if (m < 0.70710678118654752) {
        m *= 2;
        e--;
    }
    const double s = (m - 1) / (m + 1), square = s * s;
    double sum = 0;
    for (int i = 25; i >= 1; i -= 2) /* the next term is below 1e-21 */
        sum = sum * square + 1.0 / i;
    return 2 * s * sum + e * 0.69314718055994531;
}

static double own_exp(double x) {
    const double n = floor(x / 0.69314718055994531 + 0.5);
    const double r = x - n * 0.693147180369123816490 - n * 1.90821492927058770002e-10; /* ln 2 in two parts */
    double p = 1;
    for (int i = 16; i >= 1; i--)
        p = p * r / i + 1;
    return ldexp(p, (int)n);
}

/* sin and cos of x >= 0 by quarter turns: x - n pi/2 in three parts, then the power series. */
static void own_sincos(double x, double *sine, double *cosine) {
    const double n = floor(x / 1.57079632679489662 + 0.5);
    double r = x - n * 1.57079632673412561417;
    r -= n * 6.07710050630396597660e-11;
    r -= n * 2.02226624879595063154e-21;
    double s = 1, c = 1;
    for (int i = 18; i >= 2; i -= 2) {
        s = 1 - s * r * r / (i * (i + 1));
        c = 1 - c * r * r / (i * (i - 1));
    }
    s *= r;
    const unsigned quarter = (unsigned)fmod(n, 4);
    *sine = quarter == 0 ? s : quarter == 1 ? c : quarter == 2 ? -s : -c;
    *cosine = quarter == 0 ? c : quarter == 1 ? -s : quarter == 2 ? -c : s;
}

void tk_rope_table(float *out, uint32_t position, size_t dim, double base) {
    const double log_base = own_log(base);
    for (size_t i = 0; i < dim / 2; i++) {
        double s, c;
        own_sincos((double)position * own_exp(-2.0 * (double)i / (double)dim * log_base), &s, &c);
        out[i] = (float)c;
        out[dim / 2 + i] = (float)s;
    }
}
