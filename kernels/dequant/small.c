/* small.c: blocks of 32 with an F16 scale d, and a minimum m in some. In 4- and 5-bit types byte j of 16 holds
 * weight j in its low nibble and weight j + 16 in the high one.
 *
 *   Q4_0  d, 16 bytes             (nibble - 8) * d            Q5_0  d, 32 fifth bits, 16 bytes   (five bits -
 * 16) * d Q4_1  d, m, 16 bytes          nibble * d + m              Q5_1  d, m, fifth bits, bytes      five
 * bits * d + m Q8_0  d, 32 int8              q * d                       Q8_1  d, F16 d * sum, 32 int8      q *
 * d */
#include "dequant/blocks.h"

static unsigned nibble(const uint8_t *q, size_t i) {
    return (unsigned)q[i % 16] >> 4 * (i / 16) & 15;
}

static unsigned fifth(const uint8_t *high, size_t i) {
    return ((unsigned)high[i / 8] >> i % 8 & 1) << 4;
}

static void q4_0(float *dst, const uint8_t *b) {
    for (size_t i = 0; i < 32; i++)
        dst[i] = (float)((int)nibble(b + 2, i) - 8) * half_at(b);
}

static void q4_1(float *dst, const uint8_t *b) {
    for (size_t i = 0; i < 32; i++)
        dst[i] = (float)nibble(b + 4, i) * half_at(b) + half_at(b + 2);
}

static void q5_0(float *dst, const uint8_t *b) {
    for (size_t i = 0; i < 32; i++)
        dst[i] = (float)((int)(nibble(b + 6, i) | fifth(b + 2, i)) - 16) * half_at(b);
}

static void q5_1(float *dst, const uint8_t *b) {
    for (size_t i = 0; i < 32; i++)
        dst[i] = (float)(nibble(b + 8, i) | fifth(b + 4, i)) * half_at(b) + half_at(b + 2);
}

static void q8_0(float *dst, const uint8_t *b) {
    for (size_t i = 0; i < 32; i++)
        dst[i] = (float)signed_at(b + 2 + i) * half_at(b);
}

static void q8_1(float *dst, const uint8_t *b) {
    for (size_t i = 0; i < 32; i++)
        dst[i] = (float)signed_at(b + 4 + i) * half_at(b);
}

const tk_type tk_types_small[] = {{2, "Q4_0", 32, 18, 0, q4_0, NULL}, {3, "Q4_1", 32, 20, 0, q4_1, NULL},
                                  {6, "Q5_0", 32, 22, 0, q5_0, NULL}, {7, "Q5_1", 32, 24, 0, q5_1, NULL},
                                  {8, "Q8_0", 32, 34, 0, q8_0, NULL}, {9, "Q8_1", 32, 36, 0, q8_1, NULL},
                                  {0, NULL, 0, 0, 0, NULL, NULL}};
