/* ternary.c: types of one to two bits a weight. layouts/ has the pictures of those that kernels run on; here
 * are the files' bytes, scales included. */
#include "dequant/blocks.h"
#include "layouts/stq1_0.h"

static float code(unsigned byte, size_t shift) {
    return (float)((int)(byte >> shift & 3) - 1);
}

static void tq2_0(float *dst, const uint8_t *b) {
    for (size_t i = 0; i < 256; i++)
        dst[i] = code(b[32 * (i / 128) + i % 32], 2 * (i % 128 / 32)) * half_at(b + 64);
}

/* Digit n of a byte that is a fraction of 256: n products with 3, then the top. */
static float digit(unsigned byte, size_t n) {
    for (; n; n--)
        byte = 3 * byte & 255;
    return (float)((int)(3 * byte >> 8) - 1);
}

/* `digits` digits of `count` bytes: the first digit of each byte, then the second, ... Returns what is behind.
 */
static float *digits_of(float *dst, const uint8_t *b, size_t count, size_t digits, float d) {
    for (size_t i = 0; i < digits * count; i++)
        *dst++ = digit(b[i % count], i / count) * d;
    return dst;
}

static void tq1_0(float *dst, const uint8_t *b) {
    const float d = half_at(b + 52);
    dst = digits_of(dst, b, 32, 5, d);
    dst = digits_of(dst, b + 32, 16, 5, d);
    digits_of(dst, b + 48, 4, 4, d);
}

/* TQ1_0 with 128 weights. */
static void ptq1_0(float *dst, const uint8_t *b) {
    const float d = half_at(b + 26);
    dst = digits_of(dst, b, 16, 5, d);
    dst = digits_of(dst, b + 16, 8, 5, d);
    digits_of(dst, b + 24, 2, 4, d);
}

static void q1_0(float *dst, const uint8_t *b) {
    for (size_t i = 0; i < 128; i++)
        dst[i] = b[2 + i / 8] >> i % 8 & 1 ? half_at(b) : -half_at(b);
}

static void q2_0(float *dst, const uint8_t *b) {
    for (size_t i = 0; i < 64; i++)
        dst[i] = code(b[2 + i / 4], 2 * (i % 4)) * half_at(b);
}

static void pq2_0(float *dst, const uint8_t *b) {
    for (size_t i = 0; i < 128; i++)
        dst[i] = code(b[2 + i / 4], 2 * (i % 4)) * half_at(b);
}

static void stq1_0(float *dst, const uint8_t *b) {
    for (size_t i = 0; i < CODE_BYTES; i++)
        for (size_t f = 0; f < 4; f++)
            dst[column(i, f)] = code(stq1_0_byte(b, i), 2 * f) * half_at(b + SCALE_AT);
}

/* A group of 128, first weights in the high bits; the scale is the tensor's. */
static void i2_s(float *dst, const uint8_t *b) {
    for (size_t i = 0; i < 128; i++)
        dst[i] = code(b[i % 32], 6 - 2 * (i / 32));
}

static void iq2_bn(float *dst, const uint8_t *b) {
    for (size_t i = 0; i < 64; i++)
        dst[i] = code(b[i % 16], 2 * (i / 16));
}

/* 12 bytes of five weights and one of the four that are left over, digit 0 the least significant: it takes the
 * most products with 3. */
static void iq1_bn(float *dst, const uint8_t *b) {
    for (size_t a = 0; a < 4; a++) {
        for (size_t i = 0; i < 15; i++)
            dst[16 * a + i] = digit(b[3 * a + i / 5], 4 - i % 5);
        dst[16 * a + 15] = digit(b[12], 4 - a);
    }
}

static void scale_f32(float *scale, const uint8_t *head) {
    memcpy(scale, head, 4);
}

static void scale_f16(float *scale, const uint8_t *head) {
    *scale = half_at(head);
}

const tk_type tk_types_ternary[] = {{34, "TQ1_0", 256, 54, 0, tq1_0, NULL},
                                    {35, "TQ2_0", 256, 66, 0, tq2_0, NULL},
                                    {36, "I2_S", 128, 32, 0, i2_s, NULL},
                                    {41, "Q1_0", 128, 18, 0, q1_0, NULL},
                                    {42, "Q2_0", 64, 18, 0, q2_0, NULL},
                                    {134, "IQ1_BN", 64, 13, 2, iq1_bn, scale_f16},
                                    {135, "IQ2_BN", 64, 16, 4, iq2_bn, scale_f32},
                                    {43, "STQ1_0", 256, 42, 0, stq1_0, NULL},
                                    {142, "PQ2_0", 128, 34, 0, pq2_0, NULL},
                                    {143, "PTQ1_0", 128, 28, 0, ptq1_0, NULL},
                                    {0, NULL, 0, 0, 0, NULL, NULL}};
