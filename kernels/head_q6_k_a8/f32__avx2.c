/* The output head over Q6_K weights with 8-bit activations, AVX2: head/a8.h has the contract.
 *
 *   32 columns: codes 0 .. 63     VPMADDUBSW with a: pairs, within 2 * 63 * 127    less 32 times the pair's sum
 *   scale * step, words           VPSHUFB: one to each half of a vector            VPMADDWD: 8 sums of 4
 * columns
 *
 * Bound: 9.7 operations for 32 weights, 26 bytes, on three or four ports; 16-bit activations take 14.5 and
 * twice the multiplications. Memory sees one stream, row after row, and is asked 8 KiB ahead, into the L2. */
#include "f32/f32_vec.h"
#include "head_q6_k_a8/a8_run.h"
#include "pin.h"

#include <immintrin.h>

enum { BYTES = 210 /* of a block */, AHEAD = 2048 };

static inline __m256i load(const void *p) {
    return _mm256_loadu_si256(p);
}

/* The lines that begin in the bytes AHEAD of a block. */
static inline void ask(const uint8_t *block) {
    const uintptr_t at = (uintptr_t)block + AHEAD, end = (at + BYTES) / 64 * 64;
    for (uintptr_t line = at / 64 * 64; line < end; line += 64)
        _mm_prefetch((const char *)line, _MM_HINT_T0);
}

/* Scales times steps, in the order of steps. */
static inline __m256i scale_steps(const uint8_t *block, const a8_block *x) {
    const __m256i all =
        _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)(block + 192)));
    const __m256i high = _mm256_setr_epi8(-1, 0, -1, 2, -1, 4, -1, 6, -1, 8, -1, 10, -1, 12, -1, 14, -1, 1, -1,
                                          3, -1, 5, -1, 7, -1, 9, -1, 11, -1, 13, -1, 15);
    return _mm256_mullo_epi16(_mm256_srai_epi16(_mm256_shuffle_epi8(all, high), 8), load(x->steps));
}

/* sum += columns 32 p .. 32 p + 31 of a block: low nibbles, high pairs at bits 4 and 5, any others beside them.
 */
__attribute__((always_inline)) static inline __m256i add(__m256i sum, __m256i low, __m256i high, __m256i scales,
                                                         const a8_block *x, size_t p) {
    const __m256i codes = _mm256_or_si256(_mm256_and_si256(low, _mm256_set1_epi8(0x0f)),
                                          _mm256_and_si256(high, _mm256_set1_epi8(0x30)));
    const __m256i pairs =
        _mm256_sub_epi16(_mm256_maddubs_epi16(codes, load(x->a + 32 * p)), load(x->pairs + 16 * p));
    const __m256i scale = _mm256_shuffle_epi8(scales, _mm256_set1_epi16((short)(0x100 * (2 * p + 1) + 2 * p)));
    sum = _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, scale));
    TK_PIN(sum);
    return sum;
}

__attribute__((always_inline)) static inline void half_block(__m256i sum[2], const uint8_t *block, size_t h,
                                                             __m256i scales, const a8_block *x) {
    const __m256i first = load(block + 64 * h), second = load(block + 64 * h + 32);
    const __m256i high = load(block + 128 + 32 * h);
    sum[0] = add(sum[0], first, _mm256_slli_epi16(high, 4), scales, x, 4 * h);
    sum[1] = add(sum[1], second, _mm256_slli_epi16(high, 2), scales, x, 4 * h + 1);
    sum[0] = add(sum[0], _mm256_srli_epi16(first, 4), high, scales, x, 4 * h + 2);
    sum[1] = add(sum[1], _mm256_srli_epi16(second, 4), _mm256_srli_epi16(high, 2), scales, x, 4 * h + 3);
}

static inline float dot(const uint8_t *row, const a8_block *x, size_t blocks) {
    __m256 acc0 = _mm256_setzero_ps(), acc1 = acc0;
    for (size_t b = 0; b < blocks; b++, row += BYTES, x++) {
        ask(row);
        const __m256 d = _mm256_set1_ps(_cvtsh_ss((uint16_t)(row[208] | row[209] << 8)));
        const __m256i scales = scale_steps(row, x);
        __m256i sum[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
        half_block(sum, row, 0, scales, x);
        half_block(sum, row, 1, scales, x);
        acc0 = _mm256_add_ps(acc0, _mm256_mul_ps(d, _mm256_cvtepi32_ps(sum[0])));
        acc1 = _mm256_add_ps(acc1, _mm256_mul_ps(d, _mm256_cvtepi32_ps(sum[1])));
    }
    return lanes_sum((lanes){{(vec)acc0, (vec)acc1}});
}

TK_KERNEL(head_q6_k_a8_f32__avx2, A8_KERNEL, .note = "VPMADDUBSW, then VPMADDWD by scales times steps");
