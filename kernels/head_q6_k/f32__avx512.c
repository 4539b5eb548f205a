/* The output head over Q6_K weights, AVX-512: head/head.h has the contract.
 *
 * 64 weights at a time: their low nibbles are 64 bytes in a row (first the low halves, then the high ones),
 * their high pairs 32 bytes that are shifted by two amounts, so one load, one shift and one ternary-logic
 * operation make 64 six-bit codes. They go through the stack, whose loads widen them; the sixteen scales of a
 * block do too, and their broadcasts cost nothing there. Five operations on two ports for 16 weights: about 6
 * weights a cycle at most, near what one core reads from memory. One row at a time: one stream from memory. */
#include "head/rows.h"

#include <immintrin.h>

enum { ROWS = 1, BLOCK = 256, BYTES = 210 };

/* Without this a compiler sees through the stack and takes the vectors apart by shuffles, all on one port. */
#define THROUGH_MEMORY(x) __asm__("" : "+m"(x))

/* Codes 64 p .. 64 p + 63 of a block, minus 32. */
static inline __m512i codes64(const uint8_t *block, size_t p) {
    const __m512i low = _mm512_loadu_si512(block + 64 * (p / 2));
    const __m512i high =
        _mm512_broadcast_i64x4(_mm256_loadu_si256((const __m256i *)(const void *)(block + 128 + 32 * (p / 2))));
    const __m512i left = _mm512_inserti64x4(_mm512_set1_epi16(4), _mm256_set1_epi16(2), 1);
    const __m512i right = _mm512_inserti64x4(_mm512_setzero_si512(), _mm256_set1_epi16(2), 1);
    const __m512i nibbles = _mm512_and_si512(p % 2 ? _mm512_srli_epi16(low, 4) : low, _mm512_set1_epi8(15));
    const __m512i pairs = p % 2 ? _mm512_srlv_epi16(high, right) : _mm512_sllv_epi16(high, left);
    const __m512i all =
        _mm512_ternarylogic_epi64(nibbles, pairs, _mm512_set1_epi8(0x30), 0xf8); /* a | (b & c) */
    return _mm512_sub_epi8(all, _mm512_set1_epi8(32));
}

static inline void scales16(float *to, const uint8_t *block) {
    uint16_t half;
    memcpy(&half, block + 208, 2);
    const __m512i s = _mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)(const void *)(block + 192)));
    _mm512_store_ps(to, _mm512_mul_ps(_mm512_set1_ps(_cvtsh_ss(half)), _mm512_cvtepi32_ps(s)));
}

/* The tree of f32.h. */
static inline float tree(__m512 v) {
    float lane[F32_LANES];
    _mm512_storeu_ps(lane, v);
    return f32_tree(lane);
}

__attribute__((always_inline)) static inline void dots(float *out, const uint8_t *w, size_t row, const float *x,
                                                       size_t k, size_t rows) {
    _Alignas(64) int8_t codes[ROWS][64];
    _Alignas(64) float scales[ROWS][16];
    __m512 sum[ROWS];
    for (size_t r = 0; r < rows; r++)
        sum[r] = _mm512_setzero_ps();
    for (size_t b = 0; b < k / BLOCK; b++) {
        for (size_t r = 0; r < rows; r++) {
            const uint8_t *block = w + r * row + b * BYTES;
            scales16(scales[r], block);
            THROUGH_MEMORY(scales[r]);
            for (size_t line = 0; line < BYTES; line += 64)
                _mm_prefetch((const char *)block + 8192 + line, _MM_HINT_T0);
        }
        for (size_t p = 0; p < 4; p++) {
            for (size_t r = 0; r < rows; r++) {
                _mm512_store_si512(codes[r], codes64(w + r * row + b * BYTES, p));
                THROUGH_MEMORY(codes[r]);
            }
            for (size_t i = 0; i < 4; i++) {
                const __m512 v = _mm512_loadu_ps(x + b * BLOCK + 64 * p + 16 * i);
                for (size_t r = 0; r < rows; r++) {
                    const __m512i c = _mm512_cvtepi8_epi32(
                        _mm_load_si128((const __m128i *)(const void *)(codes[r] + 16 * i)));
                    const __m512 weight =
                        _mm512_mul_ps(_mm512_cvtepi32_ps(c), _mm512_set1_ps(scales[r][4 * p + i]));
                    sum[r] = _mm512_add_ps(sum[r], _mm512_mul_ps(weight, v));
                }
            }
        }
    }
    for (size_t r = 0; r < rows; r++)
        out[r] = tree(sum[r]);
}

/* Tokens are inside rows: they come from memory once for all of them. */
static void run(const tk_args *a) {
    const size_t k = a->shape.k, row = q6_k_row(k);
    for (size_t m = a->begin; m < a->end;) {
        const size_t rows = a->end - m < ROWS ? 1 : ROWS;
        const uint8_t *w = (const uint8_t *)a->w + m * row;
        for (size_t n = 0; n < a->shape.n; n++) {
            float out[ROWS];
            if (rows == ROWS)
                dots(out, w, row, (const float *)a->x + n * k, k, ROWS);
            else
                dots(out, w, row, (const float *)a->x + n * k, k, 1);
            memcpy((float *)a->y + n * a->shape.m + m, out, rows * sizeof *out);
        }
        m += rows;
    }
}

TK_KERNEL(head_q6_k_f32__avx512, .step = ROWS, .reject = head_reject_256, .run = run,
          .note = "64 codes at a time, widened through the stack; one stream");
