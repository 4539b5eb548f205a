/* attention_f16_tile.h: a block of keys for several tokens. K and V are widened to f32 once, K turned on the
 * way:
 *
 *   k[j / 16][d]: 16 keys side by side, so that a product is q[d] times 16 keys, and what attention.h adds up
 *   lane by lane (d mod 16, then the tree) are whole vectors: nothing to fold
 *
 *   v[j]: a row as it is
 *
 * Tokens first take all of K's half, then all of V's: each is 32 KiB for a head of 128, and stays in the L1.
 *
 * Bound, on 512 bits: 16 keys of a head of 128 are 128 products and sums and 15 sums of the tree: 17 operations
 * a key, 19 from rows, and no widening in the loops. With V's 32 and the weights 36: 18 cycles on two ports.
 * Turning is 4 permutes for 16 values. Emerald Rapids class, 32 tokens at 512, ns a key and head: token by
 * token 11.3; tiles 9.1; rows of V without gaps, K's half first, the largest score in lanes 6.7. AVX2
 * there 13.8 and 10.1. */
#ifndef TK_ATTENTION_F16_TILE_H
#define TK_ATTENTION_F16_TILE_H

#include "attention/zip.h"
#include "attention_f16/attention_f16.h"
#include "f32/widen16.h"

static inline lanes widen16(const void *data, size_t i) {
    return widen16_f16((const uint16_t *)data + i);
}

enum {
    TILE_DIM = 256,   /* the longest heads that have room */
    TILE_TOKENS = 16, /* at once, at most */
    TILE_LEAST = 4,   /* tokens for which a tile pays */
    TILE_HEADS = VEC_PARTS == 1 ? 4 : 2,
    TILE_HALF = F32_LANES / 2
};

struct attention_tile {
    _Alignas(64) float k[ATTENTION_KEYS / F32_LANES][TILE_DIM][F32_LANES];
    _Alignas(64) float v[ATTENTION_KEYS * TILE_DIM]; /* rows without gaps, which would share sets of a cache */
};

/* What is left of a row from d on, fewer than 16 values, filled up with zeros. */
__attribute__((noinline)) static lanes widen_rest(const void *data, size_t first, size_t d, size_t dim) {
    float some[F32_LANES] = {0};
    for (size_t i = 0; d + i < dim; i++)
        some[i] = widen(data, first + d + i);
    return lanes_load(some);
}

/* 16 values of row `row` from d on, zeros beyond the dimension and beyond the rows. */
static inline lanes tile_row(const tk_args *a, const void *data, size_t row, size_t rows, size_t d) {
    const size_t dim = a->shape.k;
    return row >= rows            ? lanes_all(0)
           : d + F32_LANES <= dim ? widen16(data, row * dim + d)
                                  : widen_rest(data, row * dim, d, dim);
}

/* 16 x 16 values, each row's column d + i to k[..][d + i]. */
static inline void tile_turn(attention_tile *t, lanes row[F32_LANES], size_t d, size_t key) {
    for (size_t part = 0; part < VEC_PARTS; part++)
        for (size_t r = 0; r < F32_LANES; r += VEC_WIDTH) {
            vec v[VEC_WIDTH];
            for (size_t i = 0; i < VEC_WIDTH; i++)
                v[i] = row[r + i].part[part];
            zip_transpose(v);
            for (size_t i = 0; i < VEC_WIDTH; i++)
                *(vec *)(void *)&t->k[key / F32_LANES][d + part * VEC_WIDTH + i][r] = v[i];
        }
}

/* Positions at .. at + 63, as far as there are any. */
static void tile_fill(attention_tile *t, const tk_args *a, size_t at) {
    const size_t left = a->shape.g - at, keys = left < ATTENTION_KEYS ? left : ATTENTION_KEYS, dim = a->shape.k;
    for (size_t d = 0; d < dim; d += F32_LANES)
        for (size_t j = 0; j < keys; j += F32_LANES) {
            lanes row[F32_LANES];
            for (size_t i = 0; i < F32_LANES; i++)
                row[i] = tile_row(a, a->w, at + j + i, at + keys, d);
            tile_turn(t, row, d, j);
        }
    for (size_t j = 0; j < keys; j++)
        for (size_t d = 0; d + F32_LANES <= dim; d += F32_LANES)
            lanes_store(t->v + j * dim + d, widen16(a->x2, (at + j) * dim + d));
}

/* Lanes l and l + 8 of the scores of 16 keys, added. */
__attribute__((always_inline)) static inline void tile_lanes(lanes sum[TILE_HEADS], const attention_tile *t,
                                                             const float *q, size_t dim, size_t key, size_t l,
                                                             size_t heads) {
    lanes high[TILE_HEADS];
    for (size_t h = 0; h < heads; h++)
        sum[h] = high[h] = lanes_all(0);
    for (size_t d = l; d < dim; d += F32_LANES) {
        const lanes k = lanes_load(t->k[key / F32_LANES][d]);
        for (size_t h = 0; h < heads; h++)
            for (size_t p = 0; p < VEC_PARTS; p++)
                sum[h].part[p] += vec_all(q[h * dim + d]) * k.part[p];
        if (d + TILE_HALF < dim) {
            const lanes k8 = lanes_load(t->k[key / F32_LANES][d + TILE_HALF]);
            for (size_t h = 0; h < heads; h++)
                for (size_t p = 0; p < VEC_PARTS; p++)
                    high[h].part[p] += vec_all(q[h * dim + d + TILE_HALF]) * k8.part[p];
        }
    }
    for (size_t h = 0; h < heads; h++)
        for (size_t p = 0; p < VEC_PARTS; p++)
            sum[h].part[p] += high[h].part[p];
}

/* Scores of 16 keys from `key` of the block on, `heads` <= TILE_HEADS heads. */
__attribute__((always_inline)) static inline void tile_scores(float (*to)[ATTENTION_KEYS],
                                                              const attention_tile *t, const float *q,
                                                              size_t dim, size_t key, size_t heads) {
    lanes lane[TILE_HALF][TILE_HEADS];
    for (size_t l = 0; l < TILE_HALF; l++)
        tile_lanes(lane[l], t, q, dim, key, l, heads);
    for (size_t step = TILE_HALF / 2; step; step /= 2)
        for (size_t l = 0; l < step; l++)
            for (size_t h = 0; h < heads; h++)
                for (size_t p = 0; p < VEC_PARTS; p++)
                    lane[l][h].part[p] += lane[l + step][h].part[p];
    for (size_t h = 0; h < heads; h++)
        lanes_store(to[h], lane[0][h]);
}

/* From the tile, all heads. */
static void scores_of_tile(attention_state *s, const tk_args *a, const attention_tile *t, const float *q,
                           size_t keys) {
    const size_t dim = a->shape.k, heads = a->shape.m;
    for (size_t j = 0; j < keys; j += F32_LANES) {
        size_t h = 0;
        for (; h + TILE_HEADS <= heads; h += TILE_HEADS)
            tile_scores((float(*)[ATTENTION_KEYS]) & s->p[h][j], t, q + h * dim, dim, j, TILE_HEADS);
        for (; h < heads; h++)
            tile_scores((float(*)[ATTENTION_KEYS]) & s->p[h][j], t, q + h * dim, dim, j, 1);
    }
}

#endif
