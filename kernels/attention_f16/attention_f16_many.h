/* attention_f16_many.h: the run of the variants with vectors; attention_f16_vec.h, whose loops it calls, ends
 * with it. */
#ifndef TK_ATTENTION_F16_MANY_H
#define TK_ATTENTION_F16_MANY_H

#include "attention_f16/attention_f16_tile.h"

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
