/* The float rules of kernels/f32/f32.h, written a second time from the words there. */
#include "reference/oracle.h"

#include <math.h>

/* 2^e for e in -126..127, by arithmetic. */
static float power(int e) {
    float p = 1;
    for (; e > 0; e--)
        p *= 2;
    for (; e < 0; e++)
        p /= 2;
    return p;
}

float oracle_exp(float x) {
    if (isnan(x))
        return x;
    x = x < -104 ? -104 : x > 89 ? 89 : x;
    const float n = rintf(x * 1.44269504f); /* half to even, as adding 1.5 * 2^23 does */
    float r = x - n * 0.693359375f;
    r = r - n * -2.12194440e-4f;
    static const float c[] = {
        0.000198412701f, 0.00138888892f, 0.00833333377f, 0.0416666679f, 0.166666672f, 0.5f, 1, 1};
    float p = c[0];
    for (int i = 1; i < 8; i++) {
        const float product = p * r;
        p = product + c[i];
    }
    const int e = (int)n, half = (int)floor(e / 2.0);
    const float once = p * power(half);
    return once * power(e - half);
}

float oracle_sum(const float *terms, size_t n) {
    float lane[16] = {0};
    for (size_t i = 0; i < n; i++)
        lane[i % 16] = lane[i % 16] + terms[i];
    for (size_t i = 0; i < 8; i++)
        lane[i] = lane[i] + lane[i + 8];
    for (size_t i = 0; i < 4; i++)
        lane[i] = lane[i] + lane[i + 4];
    return (lane[0] + lane[2]) + (lane[1] + lane[3]);
}
