/* attention_f16_vec.h: attention_f16.h with vectors. All heads of a token share what is widened of K and V,
 * four heads at a time; several tokens share a whole block of it (attention_f16_tile.h).
 *
 *   scores   of rows: two keys (one where registers are few) x four heads stay in registers over the whole
 *            dimension; the 16 lanes of 16 keys are then folded together, each by its own tree (fold16.h)
 *   values   four heads x 64 columns (16 where registers are few) stay in registers over a block of keys
 *
 * Bound: from memory the bytes of the cache, 4 * dim a position; else, on 512 bits, 16 products and 16 sums a
 * key and head of 128, a quarter of 32 operations that widen, and 3 to fold: 20 cycles on two ports. Lost: a
 * head at a time (chains of sums are waited for), a tree for each score by itself (70 cycles), the largest
 * score by itself one after the other (4 cycles a key where two ports are busy). */
#ifndef TK_ATTENTION_F16_VEC_H
#define TK_ATTENTION_F16_VEC_H

#include "attention/softmax_vec.h"
#include "attention_f16/attention_f16_tile.h"
#include "attention_f16/fold16.h"

enum {
    VEC_HEADS = 4,
    VEC_KEYS = VEC_PARTS == 1 ? 2 : 1,  /* at once, of K */
    VEC_CHUNKS = VEC_PARTS == 1 ? 4 : 1 /* of 16 columns at once, of V */
};

/* sum[key] += q * k, lane by lane: 16 columns of the dimension of one head, whose q is loaded right before:
 * where those of all heads come first, GCC spills them. */
__attribute__((always_inline)) static inline void add_products(lanes sum[VEC_KEYS][VEC_HEADS], size_t head,
                                                               lanes q, const lanes *k) {
    for (size_t j = 0; j < VEC_KEYS; j++)
        for (size_t p = 0; p < VEC_PARTS; p++)
            sum[j][head].part[p] += q.part[p] * k[j].part[p];
}

/* What of the dimension is whole lanes. */
__attribute__((always_inline)) static inline void products(lanes sum[VEC_KEYS][VEC_HEADS], const void *data,
                                                           const float *q, const size_t *row, size_t dim,
                                                           size_t heads) {
    for (size_t d = 0; d + F32_LANES <= dim; d += F32_LANES) {
        lanes k[VEC_KEYS];
        for (size_t j = 0; j < VEC_KEYS; j++)
            k[j] = widen16(data, row[j] + d);
        for (size_t h = 0; h < heads; h++)
            add_products(sum, h, lanes_load(q + h * dim + d), k);
    }
}

/* The rest of it. Apart, and from memory to memory: calls in the loop above would put its sums there. */
__attribute__((noinline)) static void add_rest(lanes part[VEC_HEADS][F32_LANES], const tk_args *a,
                                               const float *q, size_t at, size_t keys, size_t heads) {
    const size_t dim = a->shape.k, d = dim / F32_LANES * F32_LANES;
    for (size_t j = 0; j < keys; j++) {
        const lanes k = widen_rest(a->w, (at + j) * dim, d, dim);
        for (size_t h = 0; h < heads; h++) {
            const lanes x = lanes_load_some(q + h * dim + d, dim - d);
            for (size_t p = 0; p < VEC_PARTS; p++)
                part[h][j].part[p] += x.part[p] * k.part[p];
        }
    }
}

/* Asks for what follows, key by key: the cache of many tokens comes from memory. A block is 32 KiB, all of many
 * an L1, so into the L2, and half a block ahead: Zen 4, one thread, caches from memory, ns a key and head at
 * 160, 540 and 4,032 positions 15.3, 13.6, 12.5; a block ahead into the L1 17.3, 16.7, 16.2. */
enum { AHEAD_KEYS = ATTENTION_KEYS / 2 };

static inline void ask_ahead(const tk_args *a, size_t position) {
    const size_t row = a->shape.k * 2, from = (position + AHEAD_KEYS) * row;
    for (size_t i = 0; i < row; i += 64) {
        __builtin_prefetch((const char *)a->w + from + i, 0, 2);
        __builtin_prefetch((const char *)a->x2 + from + i, 0, 2);
    }
}

/* Scores of `keys` <= 16 keys from position `at` on, `heads` <= VEC_HEADS heads; lanes beyond `keys` are 0. */
__attribute__((always_inline)) static inline void some_scores(float (*to)[ATTENTION_KEYS], const tk_args *a,
                                                              const float *q, size_t at, size_t keys,
                                                              size_t heads, bool ask) {
    const size_t dim = a->shape.k;
    lanes part[VEC_HEADS][F32_LANES];
    for (size_t h = 0; h < heads; h++)
        for (size_t j = keys; j < F32_LANES; j++)
            part[h][j] = lanes_all(0);
    for (size_t j = 0; j < keys; j += VEC_KEYS) {
        lanes sum[VEC_KEYS][VEC_HEADS];
        size_t key[VEC_KEYS], row[VEC_KEYS];
        for (size_t i = 0; i < VEC_KEYS; i++) {
            key[i] = j + i < keys ? j + i : j; /* an odd one twice */
            row[i] = (at + key[i]) * dim;
            if (ask)
                ask_ahead(a, at + key[i]);
        }
#pragma GCC unroll 2 /* or GCC keeps the sums in memory */
        for (size_t i = 0; i < VEC_KEYS; i++)
            for (size_t h = 0; h < heads; h++)
                sum[i][h] = lanes_all(0);
        products(sum, a->w, q, row, dim, heads);
        for (size_t i = 0; i < VEC_KEYS; i++)
            for (size_t h = 0; h < heads; h++)
                for (size_t p = 0; p < VEC_PARTS; p++)
                    part[h][key[i]].part[p] = sum[i][h].part[p];
    }
    if (dim % F32_LANES)
        add_rest(part, a, q, at, keys, heads);
    for (size_t h = 0; h < heads; h++)
        lanes_store(to[h], fold16(part[h]));
}

static void scores_of_rows(attention_state *s, const tk_args *a, const float *q, size_t at, size_t keys) {
    const size_t dim = a->shape.k, heads = a->shape.m;
    for (size_t j = 0, n; j < keys; j += n) {
        size_t h = 0;
        n = keys - j < F32_LANES ? keys - j : F32_LANES;
        for (; h + VEC_HEADS <= heads; h += VEC_HEADS)
            some_scores((float(*)[ATTENTION_KEYS]) & s->p[h][j], a, q + h * dim, at + j, n, VEC_HEADS, !h);
        for (; h + 2 <= heads; h += 2)
            some_scores((float(*)[ATTENTION_KEYS]) & s->p[h][j], a, q + h * dim, at + j, n, 2, !h);
        for (; h < heads; h++)
            some_scores((float(*)[ATTENTION_KEYS]) & s->p[h][j], a, q + h * dim, at + j, n, 1, !h);
    }
}

static void scores(attention_state *s, const tk_args *a, const attention_tile *tile, const float *q, size_t at,
                   size_t keys) {
    const float root = 1.0f / sqrtf((float)a->shape.k);
    if (tile)
        scores_of_tile(s, a, tile, q, keys);
    else
        scores_of_rows(s, a, q, at, keys);
    for (size_t h = 0; h < a->shape.m; h++)
        for (size_t j = 0; j < keys; j++)
            s->p[h][j] *= root;
}

/* `chunks` <= VEC_CHUNKS times 16 columns from d on, of `heads` <= VEC_HEADS heads. */
__attribute__((always_inline)) static inline void some_values(attention_state *s, const tk_args *a,
                                                              const attention_tile *tile, size_t at,
                                                              size_t keys, size_t d, size_t h0, size_t heads,
                                                              size_t chunks) {
    const size_t dim = a->shape.k;
    lanes o[VEC_HEADS][VEC_CHUNKS];
    for (size_t h = 0; h < heads; h++)
        for (size_t i = 0; i < chunks; i++) {
            o[h][i] = lanes_load(s->out + (h0 + h) * dim + d + i * F32_LANES);
            for (size_t x = 0; x < VEC_PARTS; x++)
                o[h][i].part[x] *= vec_all(s->c[h0 + h]);
        }
    const float *row = tile ? tile->v + d : NULL, (*p)[ATTENTION_KEYS] = s->p + h0;
    for (size_t j = 0; j < keys; j++) {
        lanes v[VEC_CHUNKS];
        for (size_t i = 0; i < chunks; i++)
            v[i] = tile ? lanes_load(row + j * dim + i * F32_LANES)
                        : widen16(a->x2, (at + j) * dim + d + i * F32_LANES);
        for (size_t h = 0; h < heads; h++) {
            const vec w = vec_all(p[h][j]);
            for (size_t i = 0; i < chunks; i++)
                for (size_t x = 0; x < VEC_PARTS; x++)
                    o[h][i].part[x] += w * v[i].part[x];
        }
    }
    for (size_t h = 0; h < heads; h++)
        for (size_t i = 0; i < chunks; i++)
            lanes_store(s->out + (h0 + h) * dim + d + i * F32_LANES, o[h][i]);
}

/* All heads of these columns. */
__attribute__((always_inline)) static inline void columns(attention_state *s, const tk_args *a,
                                                          const attention_tile *tile, size_t at, size_t keys,
                                                          size_t d, size_t chunks) {
    const size_t heads = a->shape.m;
    size_t h = 0;
    for (; h + VEC_HEADS <= heads; h += VEC_HEADS)
        some_values(s, a, tile, at, keys, d, h, VEC_HEADS, chunks);
    for (; h + 2 <= heads; h += 2)
        some_values(s, a, tile, at, keys, d, h, 2, chunks);
    for (; h < heads; h++)
        some_values(s, a, tile, at, keys, d, h, 1, chunks);
}

/* `tile` is NULL, or known not to be, where this is inlined. */
__attribute__((always_inline)) static inline void
values_from(attention_state *s, const tk_args *a, const attention_tile *tile, size_t at, size_t keys) {
    enum { WIDE = VEC_CHUNKS * F32_LANES };
    const size_t dim = a->shape.k;
    size_t d = 0;
    for (; d + WIDE <= dim; d += WIDE)
        columns(s, a, tile, at, keys, d, VEC_CHUNKS);
    for (; d + F32_LANES <= dim; d += F32_LANES)
        columns(s, a, tile, at, keys, d, 1);
    for (; d < dim; d++)
        for (size_t h = 0; h < a->shape.m; h++) {
            s->out[h * dim + d] *= s->c[h];
            for (size_t j = 0; j < keys; j++)
                s->out[h * dim + d] += s->p[h][j] * widen(a->x2, (at + j) * dim + d);
        }
}

static void values(attention_state *s, const tk_args *a, const attention_tile *tile, size_t at, size_t keys) {
    if (tile)
        values_from(s, a, tile, at, keys);
    else
        values_from(s, a, NULL, at, keys);
}

/* Several tokens share what is widened; few, or long heads, go one by one. */
static void attention_many(const tk_args *a) {
    attention_state s[TILE_TOKENS];
    attention_tile tile;
    if (a->shape.k > TILE_DIM || a->end < a->begin + TILE_LEAST) {
        attention_run(a);
        return;
    }
    for (size_t from = a->begin, n; from < a->end; from += n) {
        n = a->end - from < TILE_TOKENS ? a->end - from : TILE_TOKENS;
        for (size_t t = 0; t < n; t++)
            attention_start(&s[t], a, from + t);
        for (size_t at = 0; at < attention_seen(a, from + n - 1); at += ATTENTION_KEYS) {
            size_t keys[TILE_TOKENS];
            tile_fill(&tile, a, at);
            for (size_t t = 0; t < n; t++)
                if ((keys[t] = attention_keys(a, from + t, at)))
                    attention_weights(&s[t], a, &tile, from + t, at, keys[t]);
            for (size_t t = 0; t < n; t++)
                if (keys[t])
                    values(&s[t], a, &tile, at, keys[t]);
        }
        for (size_t t = 0; t < n; t++)
            attention_end(&s[t], a);
    }
}

#endif
