/* attention_i8_block.h: what attention_i8_vec.h lays out for its loops, as 16-bit words: q; and a block of keys
 * in pairs, so that a 32-bit lane adds two products.
 *
 *   v   two keys side by side, columns in the order of words_pair:   [keys 0 1: 2 * dim words] [keys 2 3] ..
 *   k   two columns side by side, for several tokens:   [columns 0 1: key 0, key 1, .. 63] [columns 2 3] ..
 *
 * 16 KiB each for heads of 128. */
#ifndef TK_ATTENTION_I8_BLOCK_H
#define TK_ATTENTION_I8_BLOCK_H

#include "attention/zip.h"
#include "attention_i8/attention_i8.h"
#include "attention_i8/words.h"

enum { I8_HEADS = 4 }; /* at once, in registers */

/* Without gaps, which would share sets of a cache; the scales by themselves, 0 beyond the rows. */
typedef struct i8_block {
    _Alignas(64) int16_t v[ATTENTION_KEYS * ATTENTION_DIM];
    _Alignas(64) int16_t k[ATTENTION_KEYS * ATTENTION_DIM];
    float k_scale[ATTENTION_KEYS], v_scale[ATTENTION_KEYS];
} i8_block;

/* One token's heads, each [dim filled up with zeros to whole vectors]. */
typedef struct i8_query {
    const int16_t *words;
    float step[ATTENTION_HEADS]; /* with 1 / sqrt(dim) in it */
} i8_query;

/* A dimension filled up to whole vectors. */
static inline size_t i8_wide(size_t dim) {
    return (dim + WORDS - 1) / WORDS * WORDS;
}

/* x[0] .. x[n - 1] to 16 bits, n a multiple of F32_LANES; returns the step. */
static inline float to_i16(int16_t *to, const float *x, size_t n) {
    typedef int16_t half __attribute__((vector_size(VEC_BYTES / 2)));
    const vec_bits magnitude = (vec_bits){0} + 0x7fffffffu;
    vec_bits most = {0};
    for (size_t d = 0; d < n; d += VEC_WIDTH)
        most = bits_max(most, (vec_bits) * (const vec_any *)(const void *)(x + d) & magnitude);
    uint32_t top = 0;
    for (size_t i = 0; i < VEC_WIDTH; i++)
        top = most[i] > top ? most[i] : top;
    const i16_scale scale = i16_scale_of(top);
    for (size_t d = 0; d < n; d += VEC_WIDTH) {
        const vec t = *(const vec_any *)(const void *)(x + d) * vec_all(scale.inverse) + vec_all(F32_MAGIC);
        const half h = __builtin_convertvector((vec_int)t, half);
        memcpy(to + d, &h, sizeof h);
    }
    return scale.step;
}

/* The queries of a token. */
static void i8_query_of(i8_query *q, int16_t *to, const tk_args *a, size_t token) {
    const size_t dim = a->shape.k, wide = i8_wide(dim);
    const float root = 1.0f / sqrtf((float)dim);
    q->words = to;
    for (size_t h = 0; h < a->shape.m; h++) {
        float x[ATTENTION_DIM];
        memcpy(x, (const float *)a->x + (token * a->shape.m + h) * dim, dim * sizeof *x);
        for (size_t d = dim; d < wide; d++)
            x[d] = 0;
        q->step[h] = to_i16(to + h * wide, x, wide) * root;
    }
}

/* Columns d .. d + WORDS - 1 of a row, zeros beyond the dimension. */
__attribute__((noinline)) static words i8_rest(const int8_t *row, size_t d, size_t dim) {
    int8_t some[WORDS] = {0};
    memcpy(some, row + d, dim - d);
    return words_widen(some);
}

/* Row j from column d on; zeros beyond the dimension and the rows. */
static inline words i8_words(const int8_t *data, size_t j, size_t rows, size_t d, size_t dim) {
    return j >= rows          ? words_load((const int16_t[WORDS]){0})
           : d + WORDS <= dim ? words_widen(data + j * dim + d)
                              : i8_rest(data + j * dim, d, dim);
}

static void i8_block_v(i8_block *b, const int8_t *v, size_t rows, size_t dim) {
    const size_t wide = i8_wide(dim);
    for (size_t j = 0; j < rows; j += 2)
        for (size_t d = 0; d < dim; d += WORDS) {
            words pair[2];
            words_pair(pair, i8_words(v, j, rows, d, dim), i8_words(v, j + 1, rows, d, dim));
            words_store(b->v + j * wide + 2 * d, pair[0]);
            words_store(b->v + j * wide + 2 * d + WORDS, pair[1]);
        }
}

/* Squares of pairs, turned as if they were floats. */
static void i8_block_k(i8_block *b, const int8_t *k, size_t rows, size_t dim) {
    for (size_t j = 0; j < rows; j += VEC_WIDTH)
        for (size_t d = 0; d < dim; d += WORDS) {
            vec square[VEC_WIDTH];
            for (size_t i = 0; i < VEC_WIDTH; i++)
                square[i] = (vec)i8_words(k, j + i, rows, d, dim);
            zip_transpose(square);
            for (size_t i = 0; i < VEC_WIDTH; i++)
                words_store(b->k + (d / 2 + i) * 2 * ATTENTION_KEYS + 2 * j, words_of_pairs((words)square[i]));
        }
}

/* `rows` rows from position `at` on; K is turned for several tokens. */
static void i8_block_of(i8_block *b, const tk_args *a, size_t at, size_t rows, bool turn) {
    const size_t dim = a->shape.k;
    const float *scales = (const float *)a->x3 + 2 * at;
    for (size_t j = 0; j < rows; j++) {
        b->k_scale[j] = scales[2 * j];
        b->v_scale[j] = scales[2 * j + 1];
    }
    for (size_t j = rows; j < ATTENTION_KEYS; j++)
        b->k_scale[j] = b->v_scale[j] = 0;
    i8_block_v(b, (const int8_t *)a->x2 + at * dim, rows, dim);
    if (turn)
        i8_block_k(b, (const int8_t *)a->w + at * dim, rows, dim);
}

#endif
