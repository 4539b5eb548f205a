/* b3 x int8 with VPMADDUBSW: what is multiplied are five combinations of a byte's codes (b3_avx2.h); the codes'
 * own sums are solved for at the end of a panel.
 *
 * int16 sums of rest <= 27 hold 4 blocks: |pair| <= 2 * 27 * 128 = 6912; the three small ones 32 and more. One
 * product of 14(u+1) <= 126 just fits, 32256, sums of them wrap: 14 times what is wanted modulo 2^16. Times the
 * inverse of 7 that is 2(u+1) q, which fits for up to 7 blocks. The whole byte cannot be multiplied here:
 * VPMADDUBSW would saturate.
 * Decoding is a long chain, which starts for WIDEN blocks at once: rest of all of them goes through memory
 * first. That leaves constants and sums in registers (10 % on Zen 3).
 *
 * Bound: 12 operations to decode, 10 to multiply, 1.5 to widen per 160 weights: 20 weights a cycle on three
 * vector ports. Enough for DRAM (1.6 bits a weight), not for weights in L2: b2x is faster there. Lost: 15
 * operations for A + 3B + 9C, A + 3B, A, D and E by minima (a fifth slower); one half of a panel after the
 * other (from memory 1.4 times as long on one thread of Zen 3). */
#include "gemv/b3_avx2.h"

enum { HALVES = 2, WIDEN_LARGE = 4, WIDEN = 7 * WIDEN_LARGE };

static inline __m256i add(__m256i sum, __m256i codes, __m256i q) {
    sum = _mm256_add_epi16(sum, _mm256_maddubs_epi16(codes, q));
    TK_PIN(sum);
    return sum;
}

static inline __m256i widened(__m256i sum, __m256i sum16) {
    return _mm256_add_epi32(sum, _mm256_madd_epi16(sum16, _mm256_set1_epi16(1)));
}

/* At most WIDEN_LARGE blocks. The large sums are widened to out, the small ones stay in sum16. */
__attribute__((always_inline)) static inline void run_of(size_t blocks, __m256i out[B3_PARTS],
                                                         __m256i sum16[B3_PARTS], const uint8_t *w,
                                                         const int8_t *x, const __m256i *rest) {
    sum16[B3_REST] = sum16[B3_PAIR] = _mm256_setzero_si256();
#pragma GCC unroll 4
    for (size_t i = 0; i < blocks; i++) {
        const __m256i q = _mm256_set1_epi32(panel_quad(x + i * PANEL_COLUMNS));
        __m256i part[B3_PARTS];
        b3_split(part, panel_half(w + i * PANEL_BLOCK, 0), rest[i]);
        for (size_t p = 0; p < B3_PARTS; p++)
            sum16[p] = add(sum16[p], part[p], q);
    }
    out[B3_REST] = widened(out[B3_REST], sum16[B3_REST]);
    out[B3_PAIR] = widened(out[B3_PAIR], _mm256_mullo_epi16(sum16[B3_PAIR], _mm256_set1_epi16(0x6db7)));
}

/* out[part] += blocks * activations for one half, at most WIDEN blocks. */
__attribute__((always_inline)) static inline void some_blocks(size_t blocks, __m256i out[B3_PARTS],
                                                              const uint8_t *w, const int8_t *x) {
    __m256i rest[WIDEN], sum16[B3_PARTS];
#pragma GCC unroll 4
    for (size_t i = 0; i < blocks; i++) {
        _mm_prefetch((const char *)w + i * PANEL_BLOCK + 4096, _MM_HINT_T0);
        rest[i] = b3_rest(panel_half(w + i * PANEL_BLOCK, 0));
    }
    for (size_t p = 0; p < B3_PARTS; p++)
        sum16[p] = _mm256_setzero_si256();
    for (size_t i = 0; i < blocks / WIDEN_LARGE * WIDEN_LARGE; i += WIDEN_LARGE)
        run_of(WIDEN_LARGE, out, sum16, w + i * PANEL_BLOCK, x + i * PANEL_COLUMNS, rest + i);
    for (size_t i = blocks / WIDEN_LARGE * WIDEN_LARGE; i < blocks; i++)
        run_of(1, out, sum16, w + i * PANEL_BLOCK, x + i * PANEL_COLUMNS, rest + i);
    for (size_t p = B3_D_LESS_E; p < B3_PARTS; p++)
        out[p] = widened(out[p], sum16[p]);
}

/* Both halves of a run of blocks before the next run: its lines come from memory once. */
static inline void panel(__m256i sum[HALVES][B3_PARTS], const uint8_t *w, const int8_t *x, size_t k) {
    size_t left = k / PANEL_COLUMNS;
    memset(sum, 0, HALVES * sizeof *sum);
    for (; left >= WIDEN; left -= WIDEN, w += WIDEN * PANEL_BLOCK, x += WIDEN * PANEL_COLUMNS)
        for (size_t half = 0; half < HALVES; half++)
            some_blocks(WIDEN, sum[half], w + 32 * half, x);
    for (size_t half = 0; half < HALVES; half++)
        some_blocks(left, sum[half], w + 32 * half, x);
    if (k % PANEL_COLUMNS) {
        int8_t four[PANEL_COLUMNS] = {0};
        memcpy(four, x + left * PANEL_COLUMNS, k % PANEL_COLUMNS);
        for (size_t half = 0; half < HALVES; half++)
            some_blocks(1, sum[half], w + left * PANEL_BLOCK + 32 * half, four);
    }
}

static void run(const tk_args *a) {
    size_t k = a->shape.k, bytes = panel_groups(k) * PANEL_BLOCK;
    for (size_t p = a->begin / B3_ROWS; p * B3_ROWS < a->end; p++)
        for (size_t n = 0; n < a->shape.n; n++) {
            __m256i part[HALVES][B3_PARTS];
            panel(part, (const uint8_t *)a->w + p * bytes, (const int8_t *)a->x + n * k, k);
            for (size_t half = 0; half < HALVES; half++)
                b3_store(a, p * B3_ROWS + 8 * half, n, part[half]);
        }
}

TK_KERNEL(gemv_b3__avx2, .layout = &tk_layout_b3, .step = B3_ROWS, .step_k = PANEL_COLUMNS,
          .reject = panel_reject, .run = run,
          .note = "five combinations by byte tables, one wraps and is put right");
