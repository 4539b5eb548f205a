/* synth.h: models of a known shape with random weights: for speed, memory and checks, not for sense. */
#ifndef TM_SYNTH_H
#define TM_SYNTH_H

#include "models/text.h"

#include <stdint.h>
#include <stdio.h>

typedef struct tm_tokens { /* a tokenizer's part of the metadata; all NULL or 0: bytes and special tokens */
    const tm_str *tokens;  /* in the alphabet of GPT-2 */
    const int32_t *types;
    const tm_str *merges;
    size_t count, merges_count;
} tm_tokens;

typedef struct tm_preset {
    const char *name, *arch;
    uint32_t layers, dim, ffn, heads, kv_heads, head_dim, vocab, context;
    double rope_base;
    bool own_head;
} tm_preset;

/* 2b-4t, large, 3b, 8b, falcon3-1b, tiny, ...; *count many. */
const tm_preset *tm_presets(size_t *count);
const tm_preset *tm_preset_find(const char *name);

/* Writes the model: ternary weights (40 % zeros) as `weights`, embedding and head as `head` (a type of
 * encode.h), norms near 1. The same seed gives the same bytes everywhere. False: err (a shape that a type does
 * not hold, a stream that failed). */
bool tm_synth_write(FILE *, const tm_preset *, uint32_t weights, uint32_t head, uint64_t seed,
                    const tm_tokens *, tm_error *err);

#endif
