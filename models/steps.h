/* steps.h: the steps of one generation, shared by generate.c (one sequence) and batch.c (several at once). */
#ifndef TM_STEPS_H
#define TM_STEPS_H

#include "models/generate.h"

typedef struct tm_run {
    tm_session *s;
    unsigned sequence;
    tm_sampler *sampler;
    const tm_generation *how;
    tm_stats *stats;
    tm_error *err;
    const float *logits; /* of the last token read */
    uint32_t ahead;      /* ids in the cache behind that one */
    /* its own */
    double start, last; /* when it began, and when its last token was there */
    size_t each_room;
} tm_run;

/* Checks the ids, of which `known` have been read, and starts the clock. False: err. */
bool tm_run_begin(tm_run *, const tm_ids *, size_t known);
/* Appends a token by its logits. *more: it goes on, by reading this token; where the context is full, by
 * reading its window. False: err. */
bool tm_run_take(tm_run *, tm_ids *, bool *more);
bool tm_run_full(const tm_run *);
/* The context is full: what is kept, *n ids. It is read anew, at positions from 0 on, so that the text that
 * follows depends on the ids kept and on nothing else. The caller frees. NULL: err. */
uint32_t *tm_run_window(const tm_run *, const tm_ids *, size_t *n);

#endif
