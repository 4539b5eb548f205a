/* stq1_0.c: STQ1_0 (Sherry), type 43 of ggml pull request 22836: 42 bytes for 256 weights of a row, 1.3125
 * bits. It holds only matrices in which one weight of every four is zero and three are not: 4 places x 2^3
 * signs = 32 kinds of four, 5 bits. Such models are trained; any other matrix is refused.
 *
 *   | 32 bytes: slots of 4 bits | 8 bytes: signs of 1 bit | F16 scale |      four 16c + l, in slot order, low
 *                                                                            nibble and bit first
 *   four 16c + l (c < 4, l < 16): weights 64c + l + {0, 16, 32, 48}
 *   slot = 4 * (place of the zero) + (the second weight differs in sign from the first) + 2 * (the third does)
 *   sign = the first one is negative; first, second and third are those that are not zero, in order */
#include "layouts/stq1_0.h"

static const char *reject(tk_shape s) {
    return s.k % 256 ? "K is not a multiple of 256" : NULL;
}

static size_t row_bytes(tk_shape s) {
    return s.k / 256 * BLOCK_BYTES;
}

static size_t size(tk_shape s) {
    return s.m * row_bytes(s);
}

/* The 5 bits of a four: slot, and 16 for the sign; -1: not one zero and three that are not. */
static int code_of(const int8_t *w) {
    int zero = -1, first = 0, slot = 0;
    for (int i = 0, others = 0; i < 4; i++) {
        const int value = w[SIXTEEN * i];
        if (value < -1 || value > 1 || (!value && zero >= 0))
            return -1;
        if (!value)
            zero = i;
        else if (!others++)
            first = value;
        else
            slot |= (value != first) << (others - 2);
    }
    return zero < 0 ? -1 : 4 * zero + slot + (first < 0 ? 16 : 0);
}

static bool pack(void *dst, const int8_t *w, tk_shape s) {
    uint8_t *block = dst;
    for (size_t b = 0; b < s.m * s.k / 256; b++, block += BLOCK_BYTES, w += 256) {
        for (size_t i = 0; i < SCALE_AT; i++)
            block[i] = 0;
        for (size_t i = 0; i < CODE_BYTES; i++) {
            const int code = code_of(w + column(i, 0));
            if (code < 0)
                return false;
            block[i / 2] |= (uint8_t)((code & 15) << 4 * (i % 2));
            block[SIGNS_AT + i / 8] |= (uint8_t)(code >> 4 << i % 8);
        }
        block[SCALE_AT] = 0x00; /* F16 1.0 */
        block[SCALE_AT + 1] = 0x3c;
    }
    return true;
}

static void unpack(int8_t *w, const void *src, tk_shape s) {
    const uint8_t *block = src;
    for (size_t b = 0; b < s.m * s.k / 256; b++, block += BLOCK_BYTES, w += 256)
        for (size_t i = 0; i < CODE_BYTES; i++)
            for (size_t f = 0; f < 4; f++)
                w[column(i, f)] = (int8_t)((stq1_0_byte(block, i) >> 2 * f & 3) - 1);
}

/* The first zero of a four stays, or there comes one by turns; other zeros become +1 and -1 by turns. */
static void suit(int8_t *w, tk_shape s) {
    for (size_t b = 0; b < s.m * s.k / 256; b++, w += 256)
        for (size_t i = 0; i < CODE_BYTES; i++) {
            int8_t *four = w + column(i, 0);
            size_t zero = 0;
            while (zero < 4 && four[SIXTEEN * zero])
                zero++;
            zero = zero < 4 ? zero : (b + i) % 4;
            for (size_t f = 0; f < 4; f++)
                if (f == zero)
                    four[SIXTEEN * f] = 0;
                else if (!four[SIXTEEN * f])
                    four[SIXTEEN * f] = (int8_t)((b + i + f) % 2 ? 1 : -1);
        }
}

const tk_layout tk_layout_stq1_0 = {.name = "stq1_0",
                                    .bits_per_weight = 1.3125f,
                                    .align = 1,
                                    .reject = reject,
                                    .size = size,
                                    .row_bytes = row_bytes,
                                    .pack = pack,
                                    .unpack = unpack,
                                    .suit = suit,
                                    .refuses = "weights that are not one zero and three others in every four"};
