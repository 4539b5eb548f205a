/* batch.h: several generations at once, each on a sequence of its own: a pass reads the next token of every one
 * of them and, in what room it has left, more of the prompts of those that begin. One that ends gives its
 * sequence to the next. Each makes the tokens that it makes alone, for no split of a batch changes a bit. */
#ifndef TM_BATCH_H
#define TM_BATCH_H

#include "models/generate.h"

typedef struct tm_batch_row { /* one generation: what tm_generate takes, all of it the caller's */
    tm_sampler *sampler;
    tm_generation how;
    tm_ids *ids;
    tm_stats *stats;
} tm_batch_row;

typedef struct tm_batch {
    /* A sequence is free: the next generation; false: there are no more. */
    bool (*next)(void *ctx, unsigned sequence, tm_batch_row *);
    /* The generation of this sequence has ended; err, if not NULL, says why it failed. False: leave off, the
     * others too. */
    bool (*end)(void *ctx, unsigned sequence, const tm_error *err);
    void *ctx;
} tm_batch;

/* Runs on all sequences of the session until `next` has no more and all have ended, or `end` says so. False:
 * err, and those not ended never will. */
bool tm_batch_run(tm_session *, const tm_batch *, tm_error *err);

#endif
