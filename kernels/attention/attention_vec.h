/* attention_vec.h: attention.h with vectors. All heads of a token share what is widened of K and V: a row of K
 * meets the heads one after the other, 16 columns of V stay with four heads' sums in registers for a whole
 * block of keys.
 *
 * Bound: from memory the bytes of the cache, 4 * dim a position in F16, half in int8; else about 45 operations
 * of 512 bits a key and head of 128. A variant defines widen16(row data, index) = 16 values as lanes, widen(row
 * data, index) and the two scales first. */
#ifndef TK_ATTENTION_VEC_H
#define TK_ATTENTION_VEC_H

#include "attention/attention.h"
#include "f32/f32_vec.h"

enum { VEC_HEADS = 4 };

/* K's row j, widened once: lanes filled up with zeros. */
static inline size_t widen_row(lanes row[ATTENTION_DIM / F32_LANES], const void *data, size_t first,
                               size_t dim) {
    size_t d = 0, n = 0;
    for (; d + F32_LANES <= dim; d += F32_LANES)
        row[n++] = widen16(data, first + d);
    if (d < dim) {
        float some[F32_LANES] = {0};
        for (size_t i = 0; d + i < dim; i++)
            some[i] = widen(data, first + d + i);
        row[n++] = lanes_load(some);
    }
    return n;
}

static inline float score(const lanes *q, const lanes *k, size_t n) {
    lanes sum = lanes_all(0);
    for (size_t i = 0; i < n; i++)
        for (size_t p = 0; p < VEC_PARTS; p++)
            sum.part[p] += q[i].part[p] * k[i].part[p];
    return lanes_sum(sum);
}

static void scores(attention_state *s, const tk_args *a, const float *q, size_t at, size_t keys) {
    enum { PARTS = ATTENTION_DIM / F32_LANES };
    const size_t dim = a->shape.k, heads = a->shape.m;
    const float root = 1.0f / sqrtf((float)dim);
    lanes query[ATTENTION_HEADS][PARTS], row[PARTS];
    for (size_t h = 0; h < heads; h++)
        for (size_t i = 0; i * F32_LANES < dim; i++)
            query[h][i] = dim - i * F32_LANES >= F32_LANES
                              ? lanes_load(q + h * dim + i * F32_LANES)
                              : lanes_load_some(q + h * dim + i * F32_LANES, dim - i * F32_LANES);
    for (size_t j = 0; j < keys; j++) {
        const size_t n = widen_row(row, a->w, (at + j) * dim, dim);
        for (size_t h = 0; h < heads; h++)
            s->p[h][j] = scaled_score(a, score(query[h], row, n), at + j) * root;
    }
}

static float weights(float *p, size_t keys, float max) {
    lanes sum = lanes_all(0);
    for (size_t j = 0; j < keys; j += F32_LANES) {
        lanes e = lanes_load(p + j);
        for (size_t i = 0; i < VEC_PARTS; i++)
            e.part[i] = vec_exp(e.part[i] - vec_all(max));
        lanes_store(p + j, e);
        if (keys - j < F32_LANES)
            e = lanes_load_some(p + j, keys - j);
        for (size_t i = 0; i < VEC_PARTS; i++)
            sum.part[i] += e.part[i];
    }
    return lanes_sum(sum);
}

/* 16 columns from d on of `heads` <= VEC_HEADS heads. */
__attribute__((always_inline)) static inline void some_values(attention_state *s, const tk_args *a,
                                                              const float *c, size_t at, size_t keys, size_t d,
                                                              size_t h0, size_t heads) {
    lanes o[VEC_HEADS];
    for (size_t h = 0; h < heads; h++) {
        o[h] = lanes_load(s->out[h0 + h] + d);
        for (size_t i = 0; i < VEC_PARTS; i++)
            o[h].part[i] *= vec_all(c[h0 + h]);
    }
    for (size_t j = 0; j < keys; j++) {
        const lanes v = widen16(a->x2, (at + j) * a->shape.k + d);
        for (size_t h = 0; h < heads; h++) {
            const vec p = vec_all(scaled_weight(a, s->p[h0 + h][j], at + j));
            for (size_t i = 0; i < VEC_PARTS; i++)
                o[h].part[i] += p * v.part[i];
        }
    }
    for (size_t h = 0; h < heads; h++)
        lanes_store(s->out[h0 + h] + d, o[h]);
}

static void values(attention_state *s, const tk_args *a, const float *c, size_t at, size_t keys) {
    const size_t dim = a->shape.k, heads = a->shape.m;
    size_t d = 0;
    for (; d + F32_LANES <= dim; d += F32_LANES) {
        size_t h = 0;
        for (; h + VEC_HEADS <= heads; h += VEC_HEADS)
            some_values(s, a, c, at, keys, d, h, VEC_HEADS);
        for (; h < heads; h++)
            some_values(s, a, c, at, keys, d, h, 1);
    }
    for (; d < dim; d++)
        for (size_t h = 0; h < heads; h++) {
            s->out[h][d] *= c[h];
            for (size_t j = 0; j < keys; j++)
                s->out[h][d] += scaled_weight(a, s->p[h][j], at + j) * widen(a->x2, (at + j) * dim + d);
        }
}

static void finish(float *y, const float *out, float sum, size_t dim) {
    size_t d = 0;
    for (; d + F32_LANES <= dim; d += F32_LANES) {
        lanes o = lanes_load(out + d);
        for (size_t i = 0; i < VEC_PARTS; i++)
            o.part[i] = o.part[i] / vec_all(sum);
        lanes_store(y + d, o);
    }
    for (; d < dim; d++)
        y[d] = out[d] / sum;
}

#endif
