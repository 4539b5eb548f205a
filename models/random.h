/* random.h: random numbers that are the same on every machine. */
#ifndef TM_RANDOM_H
#define TM_RANDOM_H

#include <stdint.h>

static inline uint64_t tm_random(uint64_t *state) { /* splitmix64 (Steele, Lea, Flood 2014) */
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* Mean 0, deviation 1: the sum of twelve uniform numbers, less 6; no libm. */
static inline float tm_random_normal(uint64_t *state) {
    float sum = -6;
    for (int i = 0; i < 12; i++)
        sum += (float)(tm_random(state) >> 40) * 0x1p-24f;
    return sum;
}

#endif
