/* synth.h: models of a known shape with random weights: for speed, memory and checks, not for sense. */
#ifndef TM_SYNTH_H
#define TM_SYNTH_H

#include "models/blueprint.h"
#include "models/tokenizer/tokenizer.h"

#include <stdint.h>
#include <stdio.h>

/* 2b-4t, large, 3b, 8b, falcon3-1b, tiny, ...; *count many. */
const tm_preset *tm_presets(size_t *count);
const tm_preset *tm_preset_find(const char *name);

/* Writes the model: ternary weights (40 % zeros) as `weights`, embedding and head as `head` (a type of
 * encode.h), norms near 1; the tokenizer's vocabulary, NULL: bytes and the special tokens of LLaMA-3. The same
 * seed gives the same bytes everywhere. False: err (a shape that a type does not hold, a stream that failed).
 */
bool tm_synth_write(FILE *, const tm_preset *, uint32_t weights, uint32_t head, uint64_t seed,
                    const tm_tokenizer *, tm_error *err);

#endif
