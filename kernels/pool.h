/* pool.h: one small thread pool for kernels, models and training. Workers spin briefly, then sleep. */
#ifndef TK_POOL_H
#define TK_POOL_H

#include "kernel.h"

typedef struct tk_pool tk_pool;

/* A pool of `threads` (>= 1; the caller is one of them). NULL if threads cannot be had. The caller frees it.
 * With two threads or more, and as many CPUs allowed, thread i is pinned to the i-th of them: the caller, too,
 * until the pool is freed by the same thread. */
tk_pool *tk_pool_new(unsigned threads);
/* Its threads, and the caller, may run on any CPU again: for work that is not timed and shares the machine. By
 * the thread that made it. */
void tk_pool_unpin(tk_pool *);
void tk_pool_free(tk_pool *);
unsigned tk_pool_threads(const tk_pool *);

/* Calls work(ctx, i, threads) for every i in 0..threads-1, i = 0 on the caller; returns when all are done.
 * One caller at a time; work must not call the same pool. */
void tk_pool_run(tk_pool *, void (*work)(void *ctx, unsigned i, unsigned threads), void *ctx);

/* By `work`, thread i for itself: what it reads first in the next round. While it waits for that it asks for
 * these bytes, a quarter of an L2 at most: hints to the cache, nothing is read. */
void tk_pool_ahead(tk_pool *, unsigned i, const void *at, size_t bytes);

/* Part i of n of [0, total), cut at multiples of `step` (0 = 1) and as even as that allows. */
void tk_part(size_t total, size_t step, unsigned i, unsigned n, size_t *begin, size_t *end);

/* prepare (all parts), barrier, run (all parts) of a whole problem. `extent` = length of the split axis. */
void tk_pool_kernel(tk_pool *, const tk_kernel *, const tk_args *whole, size_t extent, bool prepare, bool run);

#endif
