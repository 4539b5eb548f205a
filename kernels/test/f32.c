/* f32.c: own e^x against a double one over all arguments (every 61st float), and the RoPE table against libm.
 */
#include "kernels/f32/f32.h"
#include "kernels/rope/rope.h"

#include <stdio.h>

/* Distance in units of the last place of the exact value, which is a denormal below 2^-126. */
static double ulps(float found, double exact) {
    int e;
    frexp(exact, &e);
    const double ulp = ldexp(1, (e < -125 ? -125 : e) - 24);
    return fabs((double)found - exact) / ulp;
}

static double worst_exp(void) {
    double worst = 0;
    for (uint32_t u = 0; u < 0xff800000u - 61; u += 61) {
        const float x = f32_from_bits(u);
        if (isnan(x) || x > 88.722f || x < -103.9f) /* beyond: inf or 0, checked below */
            continue;
        const double off = ulps(f32_exp(x), exp((double)x));
        worst = off > worst ? off : worst;
    }
    return worst;
}

static double worst_table(void) {
    static const uint32_t positions[] = {0, 1, 2, 127, 4095, 65535, 1000003};
    double worst = 0;
    for (size_t p = 0; p < sizeof positions / sizeof *positions; p++) {
        float t[128];
        tk_rope_table(t, positions[p], 128, 500000);
        for (size_t i = 0; i < 64; i++) {
            const double angle = positions[p] * pow(500000, -2.0 * (double)i / 128);
            const double c = fabs((double)t[i] - cos(angle)), s = fabs((double)t[64 + i] - sin(angle));
            worst = c > worst ? c : worst;
            worst = s > worst ? s : worst;
        }
    }
    return worst;
}

int main(void) {
    const double e = worst_exp(), t = worst_table();
    int bad = !(e <= 1.25) || !(t <= 6e-8);
    bad |= f32_exp(-INFINITY) != 0 || f32_exp(-104.5f) != 0 || !isinf(f32_exp(INFINITY)) || !isinf(f32_exp(89));
    bad |= !isnan(f32_exp(NAN)) || f32_exp(0) != 1;
    printf("e^x: at most %.3f ulp off (bound 1.25); RoPE table: %.3g (bound 6e-8)\n", e, t);
    return bad;
}
