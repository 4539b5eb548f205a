/* generate.h: from a prompt's ids to more of them: prefill, decode, a window that slides. */
#ifndef TM_GENERATE_H
#define TM_GENERATE_H

#include "models/ids.h"
#include "models/lookup.h"
#include "models/sampler.h"
#include "models/session.h"

typedef enum tm_reason {
    TM_AT_LIMIT,
    TM_AT_STOP_TOKEN,
    TM_AT_STOP_TEXT,
    TM_AT_CONTEXT,
    TM_INTERRUPTED
} tm_reason;
extern const char *const tm_reason_names[];

typedef struct tm_generation {
    size_t most; /* new tokens */
    bool slide;  /* a full context: keep the first `keep` tokens and the newer half of the others, and read them
                    anew; otherwise it ends there */
    uint32_t keep;
    /* Called with every new token; false ends it, and says why. NULL: none. tm_stream_token is one. */
    bool (*token)(void *ctx, uint32_t id, tm_reason *);
    void *ctx;
    const volatile int *interrupt; /* becomes nonzero: ends after the current token. NULL: never */
    size_t lookup;                 /* most ids foreseen in a pass (lookup.h), which change no token; 0: none */
    bool lookup_always;            /* whether it pays or not: for tests */
    size_t heard; /* of the ids, those that the sampler has counted before, if more than are known */
} tm_generation;

typedef struct tm_stats {
    size_t prompt, made;
    double prefill, first,
        decode;              /* seconds: reading the prompt; until the first token; all tokens behind it */
    double *each;            /* seconds of each token behind the first, [made - 1]; the caller frees */
    tm_lookup_counts lookup; /* of these tokens */
    tm_reason reason;
} tm_stats;

/* Reads ids->p[known..] as a continuation of sequence 0 (of which `known` are in the cache already), then
 * appends new ids. False: err. */
bool tm_generate(tm_session *, tm_sampler *, const tm_generation *, tm_ids *ids, size_t known, tm_stats *,
                 tm_error *err);

#endif
