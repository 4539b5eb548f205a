/* attention_f16.h: attention.h over an F16 cache, token by token. */
#ifndef TK_ATTENTION_F16_H
#define TK_ATTENTION_F16_H

#include "attention/attention.h"
#include "f32/f16.h"

static inline float widen(const void *data, size_t i) {
    return f16_to_f32(((const uint16_t *)data)[i]);
}

/* A block of keys and values, widened once for several tokens by a variant that does so
 * (attention_f16_tile.h). */
typedef struct attention_tile attention_tile;

/* A block of keys that starts at position `at`; `keys` <= ATTENTION_KEYS of them are seen. Defined by a
 * variant: scores writes p[h][j] = s[j], values scales out by c and adds the block. K and V come from the tile,
 * or from the cache where it is NULL. */
static void scores(attention_state *, const tk_args *, const attention_tile *, const float *q, size_t at,
                   size_t keys);
static void values(attention_state *, const tk_args *, const attention_tile *, size_t at, size_t keys);

static inline void attention_weights(attention_state *s, const tk_args *a, const attention_tile *tile,
                                     size_t token, size_t at, size_t keys) {
    const size_t heads = a->shape.m;
    scores(s, a, tile, (const float *)a->x + token * heads * a->shape.k, at, keys);
    attention_softmax(s, heads, keys);
}

static inline void attention_run(const tk_args *a) {
    for (size_t t = a->begin; t < a->end; t++) {
        attention_state s;
        attention_start(&s, a, t);
        for (size_t at = 0; at < attention_seen(a, t); at += ATTENTION_KEYS) {
            const size_t keys = attention_keys(a, t, at);
            attention_weights(&s, a, NULL, t, at, keys);
            values(&s, a, NULL, at, keys);
        }
        attention_end(&s, a);
    }
}

#endif
