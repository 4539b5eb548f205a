/* sampler.h: from logits to the next token, in the order and by the formulas of llama.cpp as bitnet.cpp was
 * launched with (common/sampling.cpp):
 *
 *   penalties -> top-k -> typical-p -> top-p -> min-p -> temperature -> softmax -> draw
 *
 * so that all cuts see the probabilities of temperature 1. Ties go to the lower id. The same seed gives the
 * same tokens on every machine: exponentials are f32.h's, sums run in one order, random numbers are
 * xoshiro256** (Blackman, Vigna 2018) seeded by splitmix64. */
#ifndef TM_SAMPLER_H
#define TM_SAMPLER_H

#include "models/text.h"

#include <stdint.h>

typedef struct tm_sampling {
    double temperature;    /* 0: greedy, the largest logit */
    uint64_t top_k;        /* 0: off */
    double top_p;          /* 1: off */
    double min_p;          /* 0: off */
    double typical_p;      /* 1: off */
    double repeat_penalty; /* 1: off; a logit > 0 is divided by it, others are multiplied */
    double frequency_penalty, presence_penalty; /* 0: off */
    uint64_t penalty_last;                      /* tokens that penalties look back at; 0: off */
    uint64_t seed;
} tm_sampling;
extern const tm_sampling tm_greedy; /* temperature 0, all else off, look back at 64 */

typedef struct tm_sampler tm_sampler;

/* NULL: err (a number out of range, no memory). */
tm_sampler *tm_sampler_new(const tm_sampling *, uint32_t vocab, tm_error *err);
void tm_sampler_free(tm_sampler *);

/* A token that was read or written: what penalties count. */
void tm_sampler_accept(tm_sampler *, uint32_t id);

/* The next token of float[vocab]; -1: no logit is a number above -Inf. NaN is never chosen. */
int64_t tm_sampler_pick(tm_sampler *, const float *logits);

/* How many of the largest logits pick needs to see; 0: all. */
uint32_t tm_sampler_needs(const tm_sampler *);

/* The candidates that pick would draw from, best first: at most `room` ids and probabilities; returns how many
 * there are. Greedy: one. */
size_t tm_sampler_candidates(tm_sampler *, const float *logits, uint32_t *ids, double *p, size_t room);

#endif
