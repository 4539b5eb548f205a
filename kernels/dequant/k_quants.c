/* k_quants.c: blocks of 256 with scales of their own for 16 or 32 weights. For weight i: half h = i / 128, r =
 * i % 128, group g = r / 32, l = r % 32. Products round as written: scale first. */
#include "dequant/blocks.h"

static unsigned bits(unsigned byte, size_t shift, unsigned mask) {
    return byte >> shift & mask;
}

/* scales[16] of 4 bits each for scale and minimum, codes[64] of 2 bits, F16 d, F16 dmin. */
static void q2_k(float *dst, const uint8_t *b) {
    const float d = half_at(b + 80), dmin = half_at(b + 82);
    for (size_t i = 0; i < 256; i++) {
        const unsigned q = bits(b[16 + 32 * (i / 128) + i % 32], 2 * (i % 128 / 32), 3), s = b[i / 16];
        dst[i] = d * (float)(s & 15) * (float)q - dmin * (float)(s >> 4);
    }
}

/* Third bits[32], codes[64], 6-bit scales in 12 bytes, F16 d. A third bit that is not set means minus 4. */
static void q3_k(float *dst, const uint8_t *b) {
    const uint8_t *s = b + 96;
    for (size_t i = 0; i < 256; i++) {
        const size_t h = i / 128, g = i % 128 / 32, l = i % 32, k = i / 16;
        const int low = k < 8 ? s[k] & 15 : s[k - 8] >> 4, top = s[8 + k % 4] >> 2 * (k / 4) & 3;
        const int q = (int)bits(b[32 + 32 * h + l], 2 * g, 3) - (b[l] >> (4 * h + g) & 1 ? 0 : 4);
        dst[i] = half_at(b + 108) * (float)((low | top << 4) - 32) * (float)q;
    }
}

/* Scale and minimum of 32 weights, 6 bits each, from 12 bytes. */
static void scale_min(const uint8_t *s, size_t sub, float *scale, float *min) {
    if (sub < 4) {
        *scale = (float)(s[sub] & 63);
        *min = (float)(s[sub + 4] & 63);
    } else {
        *scale = (float)((s[sub + 4] & 15) | (s[sub - 4] >> 6) << 4);
        *min = (float)(s[sub + 4] >> 4 | (s[sub] >> 6) << 4);
    }
}

/* F16 d, F16 dmin, scales[12], [fifth bits[32],] nibbles[128]. */
static void q45_k(float *dst, const uint8_t *b, const uint8_t *fifth, const uint8_t *nibbles) {
    for (size_t i = 0; i < 256; i++) {
        const size_t sub = i / 32;
        unsigned q = bits(nibbles[32 * (sub / 2) + i % 32], 4 * (sub % 2), 15);
        float scale, min;
        if (fifth)
            q |= bits(fifth[i % 32], sub, 1) << 4;
        scale_min(b + 4, sub, &scale, &min);
        dst[i] = half_at(b) * scale * (float)q - half_at(b + 2) * min;
    }
}

static void q4_k(float *dst, const uint8_t *b) {
    q45_k(dst, b, NULL, b + 16);
}

static void q5_k(float *dst, const uint8_t *b) {
    q45_k(dst, b, b + 16, b + 48);
}

/* Low nibbles[128], high pairs[64], int8 scales[16], F16 d. Exact: 11 + 7 + 6 bits. */
static void q6_k(float *dst, const uint8_t *b) {
    for (size_t i = 0; i < 256; i++) {
        const size_t h = i / 128, g = i % 128 / 32, l = i % 32;
        const unsigned low = bits(b[64 * h + 32 * (g % 2) + l], 4 * (g / 2), 15);
        const unsigned q = low | bits(b[128 + 32 * h + l], 2 * g, 3) << 4;
        dst[i] = half_at(b + 208) * (float)signed_at(b + 192 + i / 16) * (float)((int)q - 32);
    }
}

/* f32 d, int8[256], sums: what activations are kept in. */
static void q8_k(float *dst, const uint8_t *b) {
    float d;
    memcpy(&d, b, 4);
    for (size_t i = 0; i < 256; i++)
        dst[i] = d * (float)signed_at(b + 4 + i);
}

const tk_type tk_types_k[] = {{10, "Q2_K", 256, 84, 0, q2_k, NULL},  {11, "Q3_K", 256, 110, 0, q3_k, NULL},
                              {12, "Q4_K", 256, 144, 0, q4_k, NULL}, {13, "Q5_K", 256, 176, 0, q5_k, NULL},
                              {14, "Q6_K", 256, 210, 0, q6_k, NULL}, {15, "Q8_K", 256, 292, 0, q8_k, NULL},
                              {0, NULL, 0, 0, 0, NULL, NULL}};
