/* b3 x int8 with VPMADDUBSW: what is multiplied are s = A + 3B + 9C, m = A + 3B, A, D and E (b3_avx2.h); A, B
 * and C are taken apart in the sums.
 *
 * int16 sums of s hold 4 blocks: |pair| <= 2 * 26 * 128 = 6656; those of m, 2048 a pair, and of single codes
 * hold 12. The whole byte cannot be multiplied here: a pair of products reaches 64,000 and VPMADDUBSW saturates
 * at 32,767.
 * Decoding is a long chain, which starts for 12 blocks at once: s of all of them goes through memory first. A
 * core that looks 100 operations ahead then finds more to do at a time (10 % here), and constants fit into
 * registers.
 * Bound: 15 operations to decode, 10 to multiply, 1.2 to widen per 160 weights: 18 weights a cycle on three
 * vector ports. Enough for DRAM (1.6 bits a weight), not for weights in L2: b2x is faster there. */
#include "gemv/b3_avx2.h"

enum { FIELDS = 5, HALVES = 2, WIDEN_S = 4, WIDEN = 3 * WIDEN_S };

static inline __m256i add(__m256i sum, __m256i codes, __m256i q) {
    return _mm256_add_epi16(sum, _mm256_maddubs_epi16(codes, q));
}

static inline __m256i widened(__m256i sum, __m256i sum16) {
    return _mm256_add_epi32(sum, _mm256_madd_epi16(sum16, _mm256_set1_epi16(1)));
}

/* out[field] += blocks * activations for one half, at most WIDEN blocks. */
static inline void some_blocks(__m256i out[FIELDS], const uint8_t *w, const int8_t *x, size_t blocks) {
    const __m256i zero = _mm256_setzero_si256();
    __m256i low[WIDEN], m = zero, a = zero, d = zero, e = zero;
    for (size_t i = 0; i < blocks; i++) {
        _mm_prefetch((const char *)w + i * PANEL_BLOCK + 4096, _MM_HINT_T0);
        low[i] = b3_low(panel_half(w + i * PANEL_BLOCK, 0));
    }
    for (size_t i = 0; i < blocks;) {
        const size_t end = blocks - i < WIDEN_S ? blocks : i + WIDEN_S;
        __m256i s = zero;
        for (; i < end; i++) {
            const __m256i q = _mm256_set1_epi32(panel_quad(x + i * PANEL_COLUMNS));
            const b3_parts p = b3_split(panel_half(w + i * PANEL_BLOCK, 0), low[i]);
            s = add(s, p.s, q);
            m = add(m, p.m, q);
            a = add(a, p.a, q);
            d = add(d, p.d, q);
            e = add(e, p.e, q);
        }
        out[0] = widened(out[0], s);
    }
    out[1] = widened(out[1], m);
    out[2] = widened(out[2], a);
    out[3] = widened(out[3], d);
    out[4] = widened(out[4], e);
}

static inline void half_panel(__m256i sum[FIELDS], const uint8_t *w, const int8_t *x, size_t k) {
    memset(sum, 0, FIELDS * sizeof *sum);
    for (size_t left = k / PANEL_COLUMNS; left;) {
        size_t blocks = left < WIDEN ? left : WIDEN;
        some_blocks(sum, w, x, blocks);
        w += blocks * PANEL_BLOCK;
        x += blocks * PANEL_COLUMNS;
        left -= blocks;
    }
    if (k % PANEL_COLUMNS) {
        int8_t four[PANEL_COLUMNS] = {0};
        memcpy(four, x, k % PANEL_COLUMNS);
        some_blocks(sum, w, four, 1);
    }
}

/* Divisions by 3 and 9 are exact: multiplications by the inverses modulo 2^32. */
static inline void store(const tk_args *a, size_t row, size_t n, const __m256i s[FIELDS]) {
    const __m256i third = _mm256_set1_epi32((int32_t)0xaaaaaaabu), ninth = _mm256_set1_epi32(0x38e38e39);
    const __m256i out[FIELDS] = {s[2], _mm256_mullo_epi32(_mm256_sub_epi32(s[1], s[2]), third),
                                 _mm256_mullo_epi32(_mm256_sub_epi32(s[0], s[1]), ninth), s[3], s[4]};
    for (size_t f = 0; f < FIELDS; f++)
        panel_store8((int32_t *)a->y + n * a->shape.m, row + f * PANEL_LANES, a->begin, a->end,
                     _mm256_sub_epi32(out[f], _mm256_set1_epi32(a->sum[n])));
}

static void run(const tk_args *a) {
    size_t k = a->shape.k, bytes = panel_groups(k) * PANEL_BLOCK;
    for (size_t p = a->begin / B3_ROWS; p * B3_ROWS < a->end; p++)
        for (size_t n = 0; n < a->shape.n; n++)
            for (size_t half = 0; half < HALVES; half++) {
                __m256i sum[FIELDS];
                half_panel(sum, (const uint8_t *)a->w + p * bytes + 32 * half, (const int8_t *)a->x + n * k, k);
                store(a, p * B3_ROWS + 8 * half, n, sum);
            }
}

TK_KERNEL(gemv_b3__avx2, .layout = &tk_layout_b3, .step = B3_ROWS, .step_k = PANEL_COLUMNS,
          .reject = panel_reject, .run = run, .note = "five combinations by byte tables and minima");
